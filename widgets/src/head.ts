/** The head of a chosen dataset: its name and version, what it is in a line, what to do with it. */

import { badge, type Checker } from "./check";
import { button, h, said, SUPPRESS } from "./dom";
import type { Item } from "./wire";
import type { Versions } from "./wire_browser";

export interface HeadEvents {
  copy(button: HTMLButtonElement): void;
  version(key: string): void;
  act(name: string): void;
}

export class Head {
  readonly element = h("header", { class: "at-head" });
  readonly #title = h("h3", {}, "\u00a0");
  readonly #facts = h("div", { class: "at-facts" }, "\u00a0");
  readonly #actions = h("span", {});
  #item: Item | undefined;

  constructor(private readonly events: HeadEvents) {
    const copy = button("Copy as code", () => events.copy(copy));
    this.element.append(
      h("div", {}, this.#title, h("div", { class: "at-acts" }, copy, this.#actions)),
      this.#facts,
    );
  }

  /** Reserve the place of a dataset that is not known yet. */
  clear(): void {
    this.#item = undefined;
    this.#title.replaceChildren("\u00a0");
    this.#facts.replaceChildren("\u00a0");
    this.#actions.replaceChildren();
  }

  show(item: Item, checker: Checker | undefined): void {
    this.#item = item;
    this.#title.replaceChildren(said(item.name), " ", h("small", {}, said(item.version)));
    const about = item.fault || item.about.split("\n")[0] || item.extent;
    const parts = [about, item.license, item.tags.join(", ")].filter(Boolean);
    const kind = (part: string): string =>
      part === item.fault ? "at-fault" : part === about ? "at-about" : "";
    this.#facts.replaceChildren(...parts.map((part) => said(part, { class: kind(part) })));
    if (checker) this.#facts.append(badge(checker));
  }

  /** Let another version be picked, where there are several. */
  versions({ versions, count }: Versions, key: string): void {
    const item = this.#item;
    if (!item || count < 2) return;
    const options = versions.map(([each, version]) => h("option", { value: each }, version));
    const pick = h("select", { "aria-label": "Version", ...SUPPRESS }, ...options);
    pick.value = key;
    pick.addEventListener("change", () => this.events.version(pick.value));
    this.#title.replaceChildren(
      said(item.name),
      " ",
      pick,
      h("small", {}, ` · ${count.toLocaleString("en-US")} versions`),
    );
  }

  actions(actions: [string, string][]): void {
    this.#actions.replaceChildren(
      ...actions.map(([name, label]) =>
        button(label, () => this.events.act(name), { class: "at-go" }),
      ),
    );
  }
}
