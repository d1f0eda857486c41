/** The samples of one dataset: filter box, table, and a line that says what is on screen. */

import type { Channel } from "../channel";
import { Lane } from "../channel";
import { button, h, said } from "../dom";
import { type OpenSample, openSample } from "../sample";
import { empty, failed, loading } from "../states";
import { Box } from "./box";
import { Player } from "./player";
import { Scan } from "./scan";
import { Store } from "./store";
import { GridTable } from "./table";
import type { Extent, Matched, ScanAnswer, TableAnswer, View } from "./wire";
import { amount, basis, found, rowsInView, told } from "./words";

export interface PanelOptions {
  /** Names the dataset in each request; empty where there is one alone. */
  key: string;
  /** Other rows are chosen. */
  onChoose?(rows: number[]): void;
  /** Other rows are shown, or in another order; `column` is the name of the one they are sorted by. */
  onView?(view: View, column: string): void;
  view?: Partial<View> & { column?: string };
  chosen?: number[];
}

const EVERYTHING: View = { query: "", sort: -1, down: false };

export class SamplesPanel {
  readonly element = h("div", { class: "at-samples" });
  readonly #box: Box;
  readonly #place = h("div", { class: "at-tableplace" });
  readonly #left = h("span", { class: "at-left" });
  readonly #right = h("span", { class: "at-right" });
  readonly #more: HTMLButtonElement;
  readonly #store: Store;
  readonly #player: Player;
  readonly #lane = new Lane();
  readonly #scan: Scan;
  readonly #resize = new ResizeObserver(() => this.#resized());
  #table: GridTable | undefined;
  #facts: TableAnswer | undefined;
  #extent: Extent | undefined;
  #view: View;
  #matched: Matched | undefined;
  #chosen: number[];
  #wrong = false;
  #sample: OpenSample | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly options: PanelOptions,
  ) {
    const { key } = options;
    this.#view = { ...EVERYTHING, ...options.view };
    this.#chosen = options.chosen ?? [];
    this.#store = new Store(channel, key, {
      arrived: (extent) => this.#arrived(extent),
      failed: (error) => this.#failedRows(error),
    });
    this.#player = new Player(channel, key);
    this.#scan = new Scan(channel, key, this.#store, {
      scanned: (answer) => this.#scanned(answer),
      matched: (answer) => this.#take(answer),
      wrong: (fault) => {
        this.#wrong = fault !== undefined;
        this.#box.wrong(fault);
        this.#say();
      },
      failed: (error) => this.#failedRows(error),
    });
    this.#box = new Box({
      changed: (query) => this.#turn({ ...this.#view, query }),
      leave: () => this.#table?.focus(),
      copy: () => void this.#copy(),
    });
    this.#box.query = this.#view.query;
    this.#more = button("Read on", () => this.#scan.more(), { class: "at-quiet" });
    this.#more.hidden = true;
    const foot = h("footer", { class: "at-foot" }, this.#left, this.#more, this.#right);
    this.element.append(this.#box.element, this.#place, foot);
    this.#resize.observe(this.#place);
    this.#open(false);
  }

  destroy(): void {
    this.#lane.take();
    this.#sample?.close();
    this.#scan.stop();
    this.#player.stop();
    this.#resize.disconnect();
  }

  /** Show what the kernel wants to have shown. */
  show(view: Partial<View> & { column?: string }): void {
    const sort =
      view.column === undefined
        ? (view.sort ?? this.#view.sort)
        : this.#columnNamed(view.column);
    const next = { ...this.#view, ...view, sort };
    if (same(next, this.#view)) return;
    this.#box.query = next.query;
    this.#turn(next, false);
  }

  choose(rows: number[]): void {
    this.#chosen = rows;
    this.#table?.choose(rows);
    this.#say();
  }

  focus(): void {
    this.#table?.focus();
  }

  #columnNamed(name: string): number {
    return this.#facts?.columns.findIndex((column) => column.name === name) ?? -1;
  }

  #open(fresh: boolean): void {
    const valid = this.#lane.take();
    const again = () => this.#open(true);
    this.#place.replaceChildren(loading("samples", again));
    this.#left.textContent = this.#right.textContent = "\u00a0";
    this.#box.found("");
    this.channel.ask("table", { key: this.options.key, fresh }).then(
      ({ value }) => valid() && this.#opened(value),
      (error: unknown) =>
        valid() &&
        this.#place.replaceChildren(failed("The samples cannot be read.", error, again)),
    );
  }

  #opened(facts: TableAnswer): void {
    this.#facts = this.#extent = facts;
    this.#store.clear();
    this.#store.turn(0, facts.known);
    this.#store.columns = facts.columns.length;
    if (facts.known === 0 || facts.columns.length === 0) {
      this.#place.replaceChildren(
        empty(facts.whole ? "This dataset has no samples." : "No sample could be read."),
      );
      return;
    }
    this.#table = new GridTable(facts.columns, this.#store, {
      open: (row) => this.#openInFull(row),
      chosen: (rows) => {
        this.#chosen = rows;
        this.options.onChoose?.(rows);
        this.#say();
      },
      sort: (column) => this.#sort(column),
      play: (one) => void this.#player.toggle(one),
      moved: () => {
        this.#scan.look(this.#table?.span);
        this.#say();
      },
      reachedEnd: () => this.#reachedEnd(),
    });
    this.#table.choose(this.#chosen);
    this.#place.replaceChildren(this.#table.element);
    this.#place.style.setProperty("--at-natural", `${this.#table.natural}px`);
    const { column } = this.options.view ?? {};
    if (column) this.#view = { ...this.#view, sort: this.#columnNamed(column) };
    this.#mark();
    this.#say();
    void this.#table.draw();
    this.#scan.begin(this.#view);
  }

  #resized(): void {
    void this.#table?.draw().then(() => this.#say());
  }

  #arrived(extent: Extent): void {
    this.#extent = extent;
    this.#sample?.look();
    void this.#table?.draw().then(() => this.#say());
  }

  #scanned(answer: ScanAnswer): void {
    this.#extent = answer;
    this.#table?.show(answer.headers, answer.sortable);
    this.#more.hidden = !answer.waiting;
    if (this.#store.view === 0 && !this.#matched && answer.known !== this.#store.count) {
      this.#store.turn(0, answer.known);
      this.#place.style.setProperty("--at-natural", `${this.#table?.natural ?? 0}px`);
      void this.#table?.draw();
    }
    this.#say();
  }

  #take(answer: Matched): void {
    const plain = answer.view === 0;
    const other = answer.view !== this.#store.view;
    this.#matched = plain ? undefined : answer;
    const count = plain ? answer.known : answer.count;
    // Rows in an order all move when one is added to them.
    if (!plain && this.#view.sort >= 0 && count !== this.#store.count) this.#store.clear();
    const changed = other || count !== this.#store.count;
    this.#store.turn(answer.view, count);
    if (other) this.#table?.rewind();
    if (changed) void this.#table?.draw().then(() => this.#say());
    this.#say();
  }

  #turn(view: View, tell = true): void {
    this.#view = view;
    this.#mark();
    this.#scan.match(view);
    const column = this.#facts?.columns[view.sort]?.name ?? "";
    if (tell) this.options.onView?.(view, column);
  }

  /** Upwards, then downwards, then as they are stored. */
  #sort(column: number): void {
    const { sort, down } = this.#view;
    const next = sort !== column ? [column, false] : down ? [-1, false] : [column, true];
    this.#turn({ ...this.#view, sort: next[0] as number, down: next[1] as boolean });
  }

  #mark(): void {
    const { sort, down } = this.#view;
    this.#table?.order(sort, sort < 0 ? "" : down ? "down" : "up");
  }

  #reachedEnd(): void {
    if (this.#facts && !this.#facts.random && this.#extent?.waiting && this.#store.view === 0)
      this.#scan.nearEnd(this.#store.count);
  }

  #openInFull(row: number): void {
    this.#sample?.close();
    this.#sample = openSample(this.channel, this.options.key, row, {
      host: this.element,
      beside: (by) => this.#table?.beside(by),
      leafed: (by) => this.#table?.leaf(by),
      closed: () => (this.#sample = undefined),
    });
  }

  #failedRows(error: unknown): void {
    const retry = button("Retry", () => {
      this.#store.retry();
      this.#scan.resume();
      this.#say();
    });
    const text = error instanceof Error ? error.message : String(error);
    this.#left.replaceChildren(h("span", { class: "at-fault" }, said(text)), " ", retry);
  }

  #say(): void {
    const [facts, extent, table] = [this.#facts, this.#extent, this.#table];
    if (!facts || !extent || !table) return;
    const { count } = this.#store;
    const shown = rowsInView(table.span, count, this.#matched !== undefined);
    this.#left.textContent = [shown, basis(extent, facts.random), told(this.#matched)].filter(Boolean).join("  ·  ");
    this.#left.title = this.#left.textContent;
    const active = table.active;
    const chosen = this.#chosen.length;
    this.#right.textContent = [
      chosen ? `${amount(chosen)} chosen` : "",
      active ? `sample ${amount(active.number)} · Enter to open` : "",
    ]
      .filter(Boolean)
      .join("  ·  ");
    this.#box.found(this.#wrong ? "" : found(extent, this.#matched, this.#view));
  }

  async #copy(): Promise<void> {
    const asked = { key: this.options.key, ...this.#view, rows: this.#chosen };
    try {
      const { value } = await this.channel.ask("code", asked);
      // Not every page may write to the clipboard: only https ones and those of this machine have it.
      const copied = navigator.clipboard?.writeText(value.code) ?? Promise.reject();
      await copied.then(
        () => this.#box.copied("Copied"),
        () => this.#box.offer(value.code),
      );
    } catch (error) {
      this.#failedRows(error);
    }
  }
}

function same(a: View, b: View): boolean {
  return a.query === b.query && a.sort === b.sort && a.down === b.down;
}
