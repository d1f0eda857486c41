/** A license, typed or chosen from the SPDX list, which the kernel searches. */

import { Lane } from "../channel";
import { freshId, h, said, SUPPRESS } from "../dom";
import type { Asker } from "./asker";

export class LicenseField {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #note = h("div", { class: "at-hint at-fault", role: "status" });
  readonly #lane = new Lane();
  readonly #id = freshId("license");
  #active = -1;

  constructor(
    private readonly asker: Asker,
    named: Record<string, string>,
    value: string,
    private readonly changed: () => void,
  ) {
    this.#list = h("ul", { class: "at-options", role: "listbox", id: this.#id, "aria-label": "Licenses" });
    this.#list.hidden = true;
    this.input = h("input", {
      ...named,
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "choose…",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.#id,
      ...SUPPRESS,
    });
    this.input.value = value;
    this.input.addEventListener("input", () => this.#search());
    this.input.addEventListener("focus", () => this.#search());
    this.input.addEventListener("click", () => this.#search());
    this.input.addEventListener("blur", () => this.#close());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    // Before the input loses focus, which would close the list under the pointer.
    this.#list.addEventListener("mousedown", (event) => this.#press(event));
    this.element = h("div", { class: "at-combo" }, this.input, this.#list, this.#note);
  }

  #search(): void {
    const valid = this.#lane.take();
    const query = this.input.value;
    this.asker.ask("licenses", { query }).then(
      ({ items, known }) => {
        if (!valid()) return;
        const isStrange = query.trim() !== "" && !known && items.length === 0;
        this.#note.textContent = isStrange
          ? "Not on the SPDX list; it is published as it stands here."
          : "";
        // Once chosen, there is nothing to choose.
        const isChosen = items.some(([id]) => id === query);
        if (document.activeElement === this.input || this.input.matches(":focus"))
          this.#show(isChosen ? [] : items);
      },
      () => undefined, // a list that does not come keeps nobody from typing
    );
  }

  #show(items: [string, string][]): void {
    this.#active = -1;
    this.#list.replaceChildren(
      ...items.map(([id, name], place) =>
        h(
          "li",
          { role: "option", id: `${this.#id}-${place}`, "data-id": id, "aria-selected": "false" },
          h("b", {}, said(id)),
          h("small", {}, said(name)),
        ),
      ),
    );
    this.#open(items.length > 0);
  }

  #open(isOpen: boolean): void {
    this.#list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", `${isOpen}`);
    if (!isOpen) this.input.removeAttribute("aria-activedescendant");
  }

  #close(): void {
    this.#lane.take();
    this.#open(false);
  }

  #press(event: MouseEvent): void {
    event.preventDefault();
    const option = (event.target as Element).closest<HTMLElement>("[role=option]");
    if (option) this.#take(option);
  }

  #take(option: HTMLElement): void {
    this.input.value = option.dataset["id"] ?? "";
    this.#note.textContent = "";
    this.#close();
    this.changed();
  }

  #key(event: KeyboardEvent): void {
    const options = [...this.#list.children] as HTMLElement[];
    const active = options[this.#active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (this.#list.hidden) this.#search();
      else this.#move(options, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active && !this.#list.hidden) this.#take(active);
    else if (event.key === "Escape" && !this.#list.hidden) this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(options: HTMLElement[], by: number): void {
    this.#active = Math.max(0, Math.min(options.length - 1, this.#active + by));
    for (const [place, option] of options.entries())
      option.setAttribute("aria-selected", `${place === this.#active}`);
    const active = options[this.#active];
    if (!active) return;
    this.input.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }
}
