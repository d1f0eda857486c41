/** The left side: a search box over the list of datasets, and a line that says how many. */

import type { Channel } from "./channel";
import { Lane } from "./channel";
import { button, h, SUPPRESS } from "./dom";
import { count } from "./format";
import { List } from "./list";
import { PAGE, Pages } from "./pages";
import { empty, failed } from "./states";
import type { Item, Listing } from "./wire";

/** Typing this fast is one search. */
const PAUSE = 60;

export interface CatalogEvents {
  search(query: string): void;
  open(item: Item): void;
  /** The first page of a list has arrived. */
  listed(total: number | null): void;
}

export class Catalog {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #place: HTMLElement;
  readonly #foot = h("footer", { class: "at-foot", role: "status" });
  readonly #list: List;
  readonly #lane = new Lane();
  #pages = new Pages("");
  #wanted = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly events: CatalogEvents,
  ) {
    this.#list = new List(this.#pages, {
      need: (offsets) => this.#need(offsets),
      open: events.open,
    });
    this.#input = h("input", {
      type: "search",
      placeholder: "Search datasets  ( / )",
      "aria-label": "Search datasets",
      autocomplete: "off",
      spellcheck: "false",
      ...SUPPRESS,
    });
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#place = h("div", { class: "at-place-of-list" }, this.#list.element);
    this.element = h(
      "div",
      { class: "at-side", role: "search" },
      h("div", { class: "at-search" }, this.#input),
      this.#place,
      this.#foot,
    );
  }

  /** Show a first page that came with the widget's state. */
  begin(query: string, first: Listing | undefined, error: Error | undefined): void {
    this.#input.value = query;
    this.#wanted = query;
    if (first) this.#arrived(new Pages(query), first);
    else if (error) this.#failed(error, () => this.search(query, true));
    else this.search(query);
  }

  /** Show what matches; `fresh` has the kernel look at the index anew. */
  search(query: string, fresh = false): void {
    if (this.#input.value.trim() !== query.trim()) this.#input.value = query;
    this.#wanted = query;
    const valid = this.#lane.take();
    const pages = new Pages(query);
    this.#say(query ? "Searching…" : "Loading…");
    this.#ask(pages, 0, valid, fresh);
  }

  /** Search for what the kernel has put into `query`, unless it is being shown already. */
  follow(query: string): void {
    if (query !== this.#wanted) this.search(query);
  }

  find(key: string): Item | undefined {
    return this.#pages.find(key);
  }

  choose(key: string): void {
    this.#list.choose(key);
  }

  focusSearch(): void {
    this.#input.focus({ preventScroll: true });
    this.#input.select();
  }

  /** Draw again, once the element has a size. */
  resized(): void {
    this.#list.draw();
  }

  #ask(pages: Pages, offset: number, valid: () => boolean, fresh: boolean): void {
    pages.asked.add(offset);
    this.channel
      .ask("list", { query: pages.query, offset, limit: PAGE, ...(fresh && { fresh }) })
      .then(
        ({ value }) => {
          if (!valid()) return;
          if (value.done) pages.asked.delete(offset);
          this.#arrived(pages, value);
          // An index that cannot search goes on where it stopped, as long as nobody asks otherwise.
          if (!value.done) this.#ask(pages, offset, valid, false);
        },
        (error: unknown) => {
          if (!valid()) return;
          this.#failed(error, () => this.search(pages.query, true));
        },
      );
  }

  #arrived(pages: Pages, listing: Listing): void {
    const isNew = pages !== this.#pages;
    pages.put(listing);
    this.#pages = pages;
    this.#put(pages.isEmpty ? this.#nothing() : this.#list.element);
    if (isNew) this.#list.show(pages);
    else this.#list.draw();
    this.#say(summary(pages, listing));
    if (isNew) this.events.listed(pages.query ? null : pages.total);
  }

  #need(offsets: number[]): void {
    const pages = this.#pages;
    // Pages of the list in view are asked for under its own ticket: a new search drops them.
    for (const offset of offsets) {
      if (!pages.asked.has(offset)) this.#ask(pages, offset, () => pages === this.#pages, false);
    }
  }

  #failed(error: unknown, retry: () => void): void {
    this.#put(failed("The list of datasets cannot be read.", error, retry));
    this.#say("");
  }

  #put(element: HTMLElement): void {
    // An element that is put where it is already would lose its scroll position.
    if (element.parentNode !== this.#place) this.#place.replaceChildren(element);
  }

  #nothing(): HTMLElement {
    const { query } = this.#pages;
    if (!query)
      return empty(
        "No datasets here yet.",
        "index.write_samples(…, name=…) puts the first one in.",
      );
    const clear = button("Clear the search", () => this.#submit(""));
    return empty(`No dataset matches “${query}”.`, clear);
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#submit(this.#input.value), PAUSE);
  }

  #submit(query: string): void {
    this.search(query);
    this.events.search(query);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") this.#list.focus();
    else if (event.key === "Enter") this.#list.openActive();
    else if (event.key === "Escape" && this.#input.value) this.#submit("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #say(text: string): void {
    this.#foot.textContent = text || "\u00a0";
  }
}

export function summary(pages: Pages, listing: Listing): string {
  const looked = listing.looked ? `, ${listing.looked.toLocaleString("en-US")} looked through` : "";
  if (!listing.done) return `${count(pages.known, "dataset")} so far${looked}…`;
  if (pages.total === null) return `${count(pages.known, "dataset")} and more below`;
  return `${count(pages.total, "dataset")}${pages.query ? " found" : ""}`;
}
