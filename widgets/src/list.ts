/** A virtual list of datasets: as long as the index, drawn only where it is in view. */

import { freshId, h, said, SUPPRESS } from "./dom";
import type { Pages } from "./pages";
import { inView, reveal } from "./span";
import type { Item } from "./wire";

/** Height of a row in pixels; the stylesheet has it too. */
export const ROW = 49;

export interface ListEvents {
  /** Pages that came into view and have not arrived. */
  need(offsets: number[]): void;
  open(item: Item): void;
  /** Escape was pressed. */
  leave(): void;
}

interface Row {
  item: Item | undefined;
  element: HTMLElement;
}

export class List {
  readonly element: HTMLElement;
  readonly #rows = h("div", { class: "at-rows", role: "presentation" });
  /** Rows that are drawn: kept as long as they show the same, so that a click is never lost. */
  #drawn = new Map<number, Row>();
  readonly #prefix = freshId("list");
  #pages: Pages;
  #active = 0;
  #chosen = "";

  constructor(
    pages: Pages,
    private readonly events: ListEvents,
  ) {
    this.#pages = pages;
    this.element = h(
      "div",
      { class: "at-list", role: "listbox", tabindex: "0", "aria-label": "Datasets", ...SUPPRESS },
      this.#rows,
    );
    this.element.addEventListener("scroll", () => this.draw());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
  }

  /** Show another list from its start. */
  show(pages: Pages): void {
    this.#pages = pages;
    this.#drawn.clear();
    this.#active = 0;
    this.element.scrollTop = 0;
    this.draw();
  }

  choose(key: string): void {
    this.#chosen = key;
    this.draw();
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  /** Move the active row by some places, and bring it into view. */
  move(by: number): void {
    this.#active = Math.max(0, Math.min(this.#pages.length - 1, this.#active + by));
    const { scrollTop, clientHeight } = this.element;
    this.element.scrollTop = reveal(this.#active, scrollTop, clientHeight, ROW);
    this.draw();
  }

  openActive(): void {
    const item = this.#pages.at(this.#active);
    if (item) this.events.open(item);
  }

  draw(): void {
    const { length } = this.#pages;
    const { scrollTop, clientHeight } = this.element;
    const { first, last } = inView(scrollTop, clientHeight, ROW, length);
    this.#rows.style.height = `${length * ROW}px`;
    const drawn = new Map<number, Row>();
    for (let place = first; place <= last; place++) drawn.set(place, this.#row(place));
    const kept = new Set([...drawn.values()].map(({ element }) => element));
    for (const row of [...this.#rows.children]) if (!kept.has(row as HTMLElement)) row.remove();
    for (const { element } of drawn.values()) if (!element.isConnected) this.#rows.append(element);
    this.#drawn = drawn;
    this.element.setAttribute("aria-activedescendant", this.#id(this.#active));
    const missing = this.#pages.missing(first, last);
    if (missing.length) this.events.need(missing);
  }

  #row(place: number): Row {
    const item = this.#pages.at(place);
    const old = this.#drawn.get(place);
    const row = old?.item === item && old ? old : { item, element: this.#element(place, item) };
    row.element.classList.toggle("at-active", place === this.#active);
    row.element.setAttribute("aria-selected", `${item?.key === this.#chosen}`);
    row.element.setAttribute("aria-setsize", `${this.#pages.total ?? -1}`);
    return row;
  }

  #element(place: number, item: Item | undefined): HTMLElement {
    const state = !item ? " at-waiting" : item.fault ? " at-bad" : "";
    const row = item ? known(item) : h("div", {}, h("i"), h("i"));
    row.className = `at-item${state}`;
    row.id = this.#id(place);
    row.dataset["place"] = `${place}`;
    row.style.top = `${place * ROW}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-posinset", `${place + 1}`);
    return row;
  }

  #id(place: number): string {
    return `${this.#prefix}-${place}`;
  }

  #click(event: MouseEvent): void {
    const row = (event.target as Element).closest<HTMLElement>(".at-item");
    if (!row) return;
    this.#active = Number(row.dataset["place"]);
    this.draw();
    this.openActive();
  }

  #key(event: KeyboardEvent): void {
    const jump = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: jump,
      PageUp: -jump,
      Home: -Infinity,
      End: Infinity,
    };
    const by = moves[event.key];
    if (by !== undefined) this.move(by);
    else if (event.key === "Enter" || event.key === " ") this.openActive();
    else if (event.key === "Escape") this.events.leave();
    else return;
    event.preventDefault();
  }
}

function known(item: Item): HTMLElement {
  const name = h("b", {}, said(item.name));
  const extent = h("small", {}, said(item.fault || item.extent));
  return h(
    "div",
    { title: item.about },
    h("div", {}, name, h("small", { class: "at-place" }, item.place)),
    h("div", {}, extent, h("small", { class: "at-schema" }, said(item.schema))),
  );
}
