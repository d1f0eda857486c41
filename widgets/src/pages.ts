/** What is known of a long list: pages of items, and how long it may be. */

import type { Item, Listing } from "./wire";
import type { Wanted } from "./wire_browser";

export const PAGE = 50;

export class Pages {
  readonly #items = new Map<number, Item>();
  #end = 0;
  total: number | null = null;
  looked = 0;
  /** Offsets that have been asked for and not wholly answered. */
  readonly asked = new Set<number>();

  constructor(readonly wanted: Wanted) {}

  get query(): string {
    return this.wanted.query;
  }

  /** Whether the list is only a part of what there is. */
  get isNarrowed(): boolean {
    return this.query !== "" || Object.keys(this.wanted.facets).length > 0;
  }

  put(listing: Listing): void {
    listing.items.forEach((item, i) => this.#items.set(listing.offset + i, item));
    this.#end = Math.max(this.#end, listing.offset + listing.items.length);
    this.looked = listing.looked;
    this.total = listing.total;
    // A whole page that is not full is the last one.
    if (listing.done && listing.items.length < PAGE) this.total ??= this.#end;
  }

  at(place: number): Item | undefined {
    return this.#items.get(place);
  }

  find(key: string): Item | undefined {
    for (const item of this.#items.values()) if (item.key === key) return item;
    return undefined;
  }

  /** Length of the list, with room for one page more where its end is not known. */
  get length(): number {
    return this.total ?? this.#end + PAGE;
  }

  /** Whether nothing matches, and that is certain. */
  get isEmpty(): boolean {
    return this.total === 0;
  }

  /** How many items have arrived without a gap being counted. */
  get known(): number {
    return this.#items.size;
  }

  /** Offsets of the pages that hold places from `first` to `last` and have not arrived. */
  missing(first: number, last: number): number[] {
    const offsets: number[] = [];
    const end = Math.min(last, this.length - 1);
    for (let page = Math.floor(first / PAGE); page * PAGE <= end; page++) {
      if (!this.#has(page * PAGE, Math.min((page + 1) * PAGE, this.length)))
        offsets.push(page * PAGE);
    }
    return offsets;
  }

  #has(start: number, stop: number): boolean {
    for (let place = start; place < stop; place++) if (!this.#items.has(place)) return false;
    return true;
  }
}
