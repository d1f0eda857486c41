/** Choosing a dataset of the index, where none was given. */

import { Lane } from "../channel";
import { button, h, said, SUPPRESS } from "../dom";
import { empty, failed, loading } from "../states";
import type { Item } from "../wire";
import type { Asker } from "./asker";

const PAUSE = 80;

export class Chooser {
  readonly element: HTMLElement;
  readonly #place = h("div", { class: "at-choosing" });
  readonly #lane = new Lane();
  readonly #input: HTMLInputElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly asker: Asker,
    private readonly choose: (key: string) => void,
  ) {
    this.#input = h("input", {
      type: "search",
      placeholder: "Search datasets",
      "aria-label": "Search datasets",
      autocomplete: "off",
      spellcheck: "false",
      ...SUPPRESS,
    });
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.search(), PAUSE);
    });
    this.element = h(
      "section",
      { class: "at-chooser", "aria-label": "Choose a dataset" },
      h("div", { class: "at-search" }, this.#input),
      this.#place,
    );
  }

  search(): void {
    const valid = this.#lane.take();
    const retry = () => this.search();
    if (!this.#place.children.length) this.#place.replaceChildren(loading("datasets", retry));
    this.asker.ask("list", { query: this.#input.value }).then(
      ({ items, total }) => valid() && this.#show(items, total),
      (error: unknown) =>
        valid() &&
        this.#place.replaceChildren(failed("The list of datasets cannot be read.", error, retry)),
    );
  }

  #show(items: Item[], total: number | null): void {
    if (!items.length) {
      const query = this.#input.value.trim();
      this.#place.replaceChildren(
        query
          ? empty(`No dataset matches “${query}”.`)
          : empty("No datasets here yet.", "at.publish(data) puts the first one in."),
      );
      return;
    }
    const rows = items.map((item) => h("li", {}, this.#row(item)));
    const more = (total ?? items.length) - items.length;
    const rest = more > 0 && h("li", { class: "at-dim at-further" }, `… and ${more.toLocaleString("en-US")} more: search`);
    this.#place.replaceChildren(h("ul", { "aria-label": "Datasets" }, ...rows, rest));
  }

  #row(item: Item): HTMLElement {
    const element = button("", () => this.choose(item.key), { class: "at-choice" });
    element.append(
      h("b", {}, said(item.name)),
      h("small", {}, said([item.version, item.extent, item.license].filter(Boolean).join(" · "))),
      said(item.about, { class: "at-dim" }),
    );
    return element;
  }
}
