/** The filter box: an expression, how many rows match it, and what is wrong with it. */

import { button, h, said, SUPPRESS } from "../dom";
import type { Fault } from "./wire";

const PAUSE = 250;

export interface BoxEvents {
  changed(query: string): void;
  /** Down, into the table. */
  leave(): void;
  copy(): void;
}

export class Box {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #found = h("span", { class: "at-found", role: "status" });
  readonly #fault = h("div", { class: "at-wrong", role: "alert" });
  readonly #lines = h("div", { class: "at-lines" });
  readonly #copy: HTMLButtonElement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #said = "";

  constructor(private readonly events: BoxEvents) {
    this.#input = h("input", {
      type: "text",
      class: "at-query",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      placeholder: "Filter, e.g. label == 3 and score > .5",
      "aria-label": "Filter samples by an expression",
      ...SUPPRESS,
    });
    this.#input.addEventListener("input", () => this.#later());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#copy = button("Copy as code", () => this.events.copy(), { class: "at-quiet" });
    this.element = h(
      "div",
      { class: "at-filter" },
      h("div", { class: "at-querybox" }, this.#input, this.#fault, this.#lines),
      this.#found,
      this.#copy,
    );
    this.#fault.hidden = this.#lines.hidden = true;
  }

  get query(): string {
    return this.#input.value.trim();
  }

  set query(query: string) {
    if (query === this.query) return;
    this.#input.value = query;
    this.#said = query;
  }

  found(text: string): void {
    this.#found.textContent = text;
  }

  /** Whether the lines are on the clipboard now, said where they were asked for. */
  copied(text: string): void {
    this.#copy.textContent = text;
    setTimeout(() => (this.#copy.textContent = "Copy as code"), 2_000);
  }

  /** Lines that could not be copied, to be copied by hand. */
  offer(lines: string): void {
    const close = button("Close", () => (this.#lines.hidden = true), { class: "at-quiet" });
    this.#lines.replaceChildren(h("pre", {}, lines), close);
    this.#lines.hidden = false;
  }

  wrong(fault: Fault | undefined): void {
    this.#input.setAttribute("aria-invalid", `${fault !== undefined}`);
    this.#fault.hidden = fault === undefined;
    this.#fault.replaceChildren(...(fault ? marked(this.query, fault) : []));
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), PAUSE);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    if (this.query === this.#said) return;
    this.#said = this.query;
    this.events.changed(this.query);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Enter") this.#tell();
    else if (event.key === "ArrowDown") this.events.leave();
    else if (event.key === "Escape" && this.#input.value) {
      this.#input.value = "";
      this.#tell();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The query with the place where it goes wrong, and why. */
export function marked(query: string, { text, position }: Fault): HTMLElement[] {
  const line = h("p", {}, said(text));
  if (position === null) return [line];
  const rest = query.slice(position);
  const word = /^(\w+|\S|\s*)/u.exec(rest)?.[0] || "\u00a0";
  const code = h(
    "code",
    {},
    said(query.slice(0, position)),
    h("mark", {}, said(word)),
    said(rest.slice(word.length)),
  );
  return [code, line];
}
