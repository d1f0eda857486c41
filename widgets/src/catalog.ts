/** The left side: search, facets and order over the list of datasets, and how many there are. */

import type { Channel } from "./channel";
import { Lane } from "./channel";
import { button, h, SUPPRESS } from "./dom";
import { FacetBar } from "./facets";
import { count } from "./format";
import { List } from "./list";
import { notes } from "./notes";
import { PAGE, Pages } from "./pages";
import { empty, failed } from "./states";
import { Switch } from "./switch";
import type { Item, Listing } from "./wire";
import { type Facets, type Listed, type Order, ORDERS, type Wanted } from "./wire_browser";

/** Typing this fast is one search. */
const PAUSE = 60;
/** Counting facets can wait until nobody types or scrolls: the kernel does one thing at a time. */
const QUIET = 200;

const SORTS: Record<Order, string> = {
  "": "sorted by name",
  name: "name, a to z",
  "-name": "name, z to a",
  "-date": "newest first",
  date: "oldest first",
  "-size": "largest first",
  size: "smallest first",
};

export interface CatalogEvents {
  /** Somebody wants another list. */
  wanted(wanted: Wanted): void;
  open(item: Item): void;
  /** The first page of a list has arrived. */
  listed(total: number | null): void;
}

export class Catalog {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #switch: Switch<Listed>;
  readonly #facets: FacetBar;
  readonly #sort: HTMLSelectElement;
  readonly #notes = h("div", {});
  readonly #place: HTMLElement;
  readonly #extent = h("span", { role: "status" });
  readonly #list: List;
  readonly #lane = new Lane();
  readonly #tallyLane = new Lane();
  #pages: Pages;
  #wanted: Wanted = { query: "", facets: {}, order: "", listed: "datasets" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly events: CatalogEvents,
  ) {
    this.#pages = new Pages(this.#wanted);
    this.#list = new List(this.#pages, {
      need: (offsets) => this.#need(offsets),
      open: events.open,
      leave: () => this.focusSearch(),
    });
    this.#input = h("input", {
      type: "search",
      autocomplete: "off",
      spellcheck: "false",
      ...SUPPRESS,
    });
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#switch = new Switch({ datasets: "Datasets", schemas: "Schemas" }, "What is listed", (to) =>
      this.#want({ listed: to, facets: {}, order: "" }),
    );
    this.#facets = new FacetBar((facets: Facets) => this.#want({ facets }));
    this.#sort = h("select", { class: "at-sort", "aria-label": "Order", ...SUPPRESS });
    this.#sort.append(...ORDERS.map((order) => h("option", { value: order }, SORTS[order])));
    this.#sort.addEventListener("change", () => {
      const order = ORDERS.find((one) => one === this.#sort.value);
      this.#want({ order: order ?? "" });
    });
    this.#place = h("div", { class: "at-place-of-list" }, this.#list.element);
    this.element = h(
      "div",
      { class: "at-side", role: "search" },
      this.#switch.element,
      h("div", { class: "at-search" }, this.#input),
      this.#facets.element,
      this.#notes,
      this.#place,
      h("footer", { class: "at-foot" }, this.#extent, this.#sort),
    );
    this.#controls();
  }

  /** Show a first page that came with the widget's state. */
  begin(wanted: Wanted, first: Listing | undefined, error: Error | undefined): void {
    this.#wanted = wanted;
    this.#controls();
    if (first) this.#arrived(new Pages(wanted), first);
    if (first && !first.done) this.#ask(this.#pages, 0, this.#lane.take(), false);
    else if (!first && error) this.#failed(error, () => this.search(wanted, true));
    else if (!first) this.search(wanted);
    if (first) this.#count();
  }

  /** Show what matches; `fresh` has the kernel look at the indexes anew. */
  search(wanted: Wanted, fresh = false): void {
    this.#wanted = wanted;
    this.#controls();
    const valid = this.#lane.take();
    clearTimeout(this.#quiet);
    this.#say(wanted.query ? "Searching…" : "Loading…");
    this.#ask(new Pages(wanted), 0, valid, fresh);
  }

  /** Show the list that the kernel wants, unless it is being shown already. */
  follow(wanted: Wanted): void {
    if (JSON.stringify(wanted) !== JSON.stringify(this.#wanted)) this.search(wanted);
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

  focusList(): void {
    this.#list.focus();
  }

  /** Ask for nothing more. */
  end(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#quiet);
    this.#lane.take();
    this.#tallyLane.take();
  }

  /** Draw again, once the element has a size. */
  resized(): void {
    this.#list.draw();
  }

  #want(change: Partial<Wanted>): void {
    clearTimeout(this.#timer);
    const wanted = { ...this.#wanted, query: this.#input.value, ...change };
    this.search(wanted);
    this.events.wanted(wanted);
  }

  /** Bring the controls to what is wanted. */
  #controls(): void {
    const { query, facets, order, listed } = this.#wanted;
    if (this.#input.value.trim() !== query.trim()) this.#input.value = query;
    this.#input.setAttribute("aria-label", `Search ${listed}`);
    this.#input.placeholder = `Search ${listed}  ( / )`;
    this.#switch.show(listed);
    this.#facets.choose(facets);
    this.#facets.element.hidden = listed === "schemas";
    const first = this.#sort.options[0];
    if (first) first.textContent = query ? "best match first" : SORTS[""];
    for (const option of this.#sort.options) {
      option.hidden = listed === "schemas" && option.value.endsWith("size");
    }
    this.#sort.value = order;
  }

  #ask(pages: Pages, offset: number, valid: () => boolean, fresh: boolean): void {
    pages.asked.add(offset);
    this.channel
      .ask("list", { ...pages.wanted, offset, limit: PAGE, ...(fresh && { fresh }) })
      .then(
        ({ value }) => {
          if (!valid()) return;
          if (value.done) pages.asked.delete(offset);
          this.#arrived(pages, value);
          // What is still being read is asked for again, as long as nobody wants another list.
          if (!value.done) this.#ask(pages, offset, valid, false);
          else if (offset === 0) this.#count();
        },
        (error: unknown) => {
          if (!valid()) return;
          this.#failed(error, () => this.search(pages.wanted, true));
        },
      );
  }

  /** Have the facets counted, now that the list is there. */
  #count(): void {
    const valid = this.#tallyLane.take();
    const { query, facets, listed } = this.#wanted;
    if (listed === "schemas") return;
    const ask = (): void => {
      if (!valid()) return;
      this.channel.ask("facets", { query, facets }).then(
        ({ value }) => {
          if (!valid()) return;
          this.#facets.count(value);
          if (!value.done) ask();
        },
        // The list itself has said what is wrong.
        () => undefined,
      );
    };
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(ask, QUIET);
  }

  #arrived(pages: Pages, listing: Listing): void {
    const isNew = pages !== this.#pages;
    pages.put(listing);
    this.#pages = pages;
    this.#put(pages.isEmpty ? this.#nothing() : this.#list.element);
    if (isNew) this.#list.show(pages);
    else this.#list.draw();
    const told = notes(listing.notes, () => this.search(pages.wanted, true));
    this.#notes.replaceChildren(...(told ? [told] : []));
    this.#say(summary(pages, listing));
    if (pages.total !== null && !pages.isNarrowed) {
      const many = count(pages.total, pages.wanted.listed.slice(0, -1));
      this.#input.placeholder = `Search ${many}  ( / )`;
    }
    if (isNew) this.events.listed(pages.isNarrowed ? null : pages.total);
  }

  #need(offsets: number[]): void {
    const pages = this.#pages;
    // Pages of the list in view are asked for under its own ticket: a new search drops them.
    for (const offset of offsets) {
      if (!pages.asked.has(offset)) this.#ask(pages, offset, () => pages === this.#pages, false);
    }
  }

  #failed(error: unknown, retry: () => void): void {
    this.#put(failed(`The list of ${this.#wanted.listed} cannot be read.`, error, retry));
    this.#say("");
  }

  #put(element: HTMLElement): void {
    // An element that is put where it is already would lose its scroll position.
    if (element.parentNode !== this.#place) this.#place.replaceChildren(element);
  }

  #nothing(): HTMLElement {
    const { query, listed } = this.#pages.wanted;
    if (!this.#pages.isNarrowed && listed === "datasets")
      return empty(
        "No datasets here yet.",
        "index.write_samples(…, name=…) puts the first one in.",
      );
    if (!this.#pages.isNarrowed) return empty("No schemas here yet.");
    const clear = button("Clear the search", () => {
      this.#input.value = "";
      this.#want({ query: "", facets: {} });
    });
    const sought = query ? `matches “${query}”` : "is left by these filters";
    return empty(`No ${listed.slice(0, -1)} ${sought}.`, clear);
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#want({}), PAUSE);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") this.#list.focus();
    else if (event.key === "Enter") this.#list.openActive();
    else if (event.key === "Escape" && this.#input.value) {
      this.#input.value = "";
      this.#want({});
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #say(text: string): void {
    this.#extent.textContent = text || "\u00a0";
  }
}

export function summary(pages: Pages, listing: Listing): string {
  const noun = pages.wanted.listed.slice(0, -1);
  const looked = listing.looked ? `, ${listing.looked.toLocaleString("en-US")} looked through` : "";
  if (!listing.done) return `${count(pages.known, noun)} so far${looked}…`;
  if (pages.total === null) return `${count(pages.known, noun)} and more below`;
  return `${count(pages.total, noun)}${pages.isNarrowed ? " found" : ""}`;
}
