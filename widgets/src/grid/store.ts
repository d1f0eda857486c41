/** Store: rows that have arrived, in blocks; the oldest are forgotten, what is wanted is asked for. */

import type { Answer, Channel } from "../channel";
import { type Row, readRows } from "./rows";
import type { Extent, RowsAnswer } from "./wire";

/** Rows and columns that are asked for together. */
export const ROWS = 20;
export const COLUMNS = 16;
const KEPT = 120;
const AT_ONCE = 2;

interface Block {
  rows: Row[];
  /** Whether all of its rows are there. */
  whole: boolean;
  asked: boolean;
}

export interface StoreEvents {
  arrived(extent: Extent): void;
  failed(error: unknown): void;
}

export interface Span {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export class Store {
  view = 0;
  count = 0;
  columns = 0;
  readonly #blocks = new Map<string, Block>();
  #wanted: [number, number][] = [];
  #asking = 0;
  #paused = false;

  constructor(
    private readonly channel: Channel,
    private readonly key: string,
    private readonly events: StoreEvents,
  ) {}

  get busy(): boolean {
    return this.#asking > 0;
  }

  /** Show another view; what is on its way for the one before is not taken. */
  turn(view: number, count: number): void {
    if (view !== this.view) this.clear();
    this.view = view;
    this.count = count;
  }

  clear(): void {
    this.#blocks.clear();
    this.#wanted = [];
    this.#paused = false;
  }

  /** Forget that the kernel could not be asked. */
  retry(): void {
    this.#paused = false;
    for (const block of this.#blocks.values()) block.asked = block.whole;
    this.#ask();
  }

  row(y: number, x: number): Row | undefined {
    return this.#blocks.get(this.#name(block(y, ROWS), block(x, COLUMNS)))?.rows[y % ROWS];
  }

  /** See to it that what is in view arrives; what is no longer in view is not asked for. */
  want({ x0, y0, x1, y1 }: Span): void {
    const wanted: [number, number][] = [];
    const last = Math.min(y1, this.count) - 1;
    for (let y = block(y0, ROWS); y <= block(last, ROWS); y++)
      for (let x = block(x0, COLUMNS); x <= block(Math.max(x1 - 1, x0), COLUMNS); x++)
        if (!this.#fits(y, x)) wanted.push([y, x]);
    this.#wanted = wanted;
    this.#ask();
  }

  #fits(y: number, x: number): boolean {
    const name = this.#name(y, x);
    const found = this.#blocks.get(name);
    if (!found) return false;
    // Used last, forgotten last.
    this.#blocks.delete(name);
    this.#blocks.set(name, found);
    return found.asked || found.rows.length >= Math.min(ROWS, this.count - y * ROWS);
  }

  #ask(): void {
    while (this.#asking < AT_ONCE && !this.#paused) {
      const next = this.#wanted.shift();
      if (!next) return;
      const name = this.#name(...next);
      const found = this.#blocks.get(name) ?? { rows: [], whole: false, asked: false };
      if (found.asked) continue;
      found.asked = true;
      this.#blocks.set(name, found);
      void this.#fetch(next, found);
    }
  }

  async #fetch([y, x]: [number, number], into: Block): Promise<void> {
    const view = this.view;
    const start = y * ROWS + into.rows.length;
    const first = x * COLUMNS;
    const last = Math.min(first + COLUMNS, this.columns);
    const count = ROWS - into.rows.length;
    this.#asking++;
    try {
      const asked = { key: this.key, view, start, count, first, last };
      const answer = await this.channel.ask("rows", asked);
      if (view === this.view) this.#take(answer, into, last - first);
    } catch (error) {
      into.asked = false;
      this.#paused = true;
      if (view === this.view) this.events.failed(error);
    } finally {
      this.#asking--;
    }
    // A huge row ends an answer early: the rest is asked for when its turn comes.
    if (!into.whole && !this.#paused && view === this.view) this.#wanted.push([y, x]);
    this.#ask();
  }

  #take({ value, buffers }: Answer<RowsAnswer>, into: Block, columns: number): void {
    const page = buffers[0];
    into.asked = false;
    if (page) into.rows.push(...readRows(page, columns));
    into.whole = value.count === value.wanted;
    this.#forget();
    this.events.arrived(value);
  }

  #forget(): void {
    for (const name of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT) return;
      this.#blocks.delete(name);
    }
  }

  #name(y: number, x: number): string {
    return `${y}:${x}`;
  }
}

function block(place: number, size: number): number {
  return Math.floor(place / size);
}
