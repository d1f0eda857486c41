/** Scan: statistics, filter and order, asked for stride by stride while nothing else is. */

import type { Channel } from "../channel";
import { Lane } from "../channel";
import type { Span, Store } from "./store";
import { COLUMNS } from "./store";
import type { Fault, Matched, ScanAnswer, View } from "./wire";

const REST = 15;
/** Rows that are on their way come first. */
const PATIENCE = 60;

export interface ScanEvents {
  scanned(answer: ScanAnswer): void;
  matched(answer: Matched): void;
  wrong(fault: Fault | undefined): void;
  failed(error: unknown): void;
}

export class Scan {
  readonly #lane = new Lane();
  #view: View = { query: "", sort: -1, down: false };
  #first = 0;
  #last = COLUMNS;
  #seen = "";
  #done = false;
  #stopped = true;
  #running = false;
  #wantsMore = false;
  #dirty = true;
  #endAt = -1;
  #read = -1;

  constructor(
    private readonly channel: Channel,
    private readonly key: string,
    private readonly store: Store,
    private readonly events: ScanEvents,
  ) {}

  begin(view: View): void {
    this.#done = false;
    this.#stopped = false;
    this.#endAt = this.#read = -1;
    this.#view = view;
    this.#dirty = view.query !== "" || view.sort >= 0;
    this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#lane.take();
  }

  resume(): void {
    this.#stopped = false;
    this.#run();
  }

  /** Other columns are in view: their headers are wanted. */
  look(span: Span | undefined): void {
    if (!span) return;
    this.#first = Math.floor(span.x0);
    this.#last = Math.max(Math.ceil(span.x1), this.#first + 1);
    if (this.#seen !== this.#columns) this.#run();
  }

  /** Other rows are to be shown; what was asked before is given up. */
  match(view: View): void {
    this.#view = view;
    this.#dirty = true;
    this.#lane.take();
    this.#running = false;
    this.#run();
  }

  /** Read on, where that does not happen unasked. */
  more(): void {
    this.#wantsMore = true;
    this.#run();
  }

  /** The end of what was read is in view: read on, once for each end. */
  nearEnd(count: number): void {
    if (this.#endAt === count) return;
    // The first end is that of what was read first: nobody has asked for more yet.
    const first = this.#endAt < 0;
    this.#endAt = count;
    if (!first) this.more();
  }

  get #columns(): string {
    return `${this.#first}:${this.#last}`;
  }

  get #idle(): boolean {
    return this.#done && !this.#wantsMore && !this.#dirty && this.#seen === this.#columns;
  }

  #run(): void {
    if (this.#running || this.#stopped || this.#idle) return;
    this.#running = true;
    void this.#stride(this.#lane.take());
  }

  async #stride(valid: () => boolean): Promise<void> {
    try {
      while (valid() && !this.#stopped && !this.#idle) {
        if (this.#dirty) await this.#match(valid);
        if (valid() && this.#scanning) await this.#scan(valid);
        await pause(this.store.busy ? PATIENCE : REST);
      }
    } catch (error) {
      this.#stopped = true;
      if (valid()) this.events.failed(error);
    }
    if (valid()) this.#running = false;
  }

  get #scanning(): boolean {
    return !this.#done || this.#wantsMore || this.#seen !== this.#columns;
  }

  async #scan(valid: () => boolean): Promise<void> {
    const columns = this.#columns;
    const more = this.#wantsMore;
    this.#wantsMore = false;
    const asked = { key: this.key, first: this.#first, last: this.#last, more };
    const { value } = await this.channel.ask("scan", asked);
    if (!valid()) return;
    this.#seen = columns;
    this.#done = value.done;
    // What was read since may match too.
    if (value.read !== this.#read && (this.#view.query !== "" || this.#view.sort >= 0))
      this.#dirty = true;
    this.#read = value.read;
    this.events.scanned(value);
  }

  async #match(valid: () => boolean): Promise<void> {
    const view = this.#view;
    const { value } = await this.channel.ask("match", { key: this.key, ...view });
    if (!valid() || view !== this.#view) return;
    if (value.error) {
      this.#dirty = false;
      this.events.wrong(value.error);
      return;
    }
    this.#dirty = !value.caughtUp;
    this.events.wrong(undefined);
    this.events.matched(value);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
