/** The table: regular-table, drawn from what has arrived, moved through by keys. */

import type { RegularTableElement } from "regular-table";
import "regular-table";
import { freshId, h, SUPPRESS } from "../dom";
import { broken, cell, type CellEvents, waiting } from "./cells";
import { Head, numeric, type Order } from "./head";
import * as measures from "./measures";
import type { Row } from "./rows";
import { COLUMNS, type Span, type Store } from "./store";
import type { GridColumn, Header } from "./wire";

export interface TableEvents extends CellEvents {
  open(row: number): void;
  /** The chosen rows have changed. */
  chosen(rows: number[]): void;
  sort(column: number): void;
  /** Other rows or columns are in view. */
  moved(): void;
  /** The end of what was read is in view. */
  reachedEnd(): void;
}

export class GridTable {
  readonly element: HTMLElement;
  readonly #table: RegularTableElement = document.createElement("regular-table");
  readonly #heads: Head[];
  readonly #drawn = new WeakMap<Row, Map<number, HTMLElement>>();
  readonly #prefix = freshId("grid");
  readonly #row: number;
  #span: Span = { x0: 0, y0: 0, x1: COLUMNS, y1: 0 };
  #active = -1;
  #anchor = 0;
  #chosen = new Set<number>();
  #order: [number, Order] = [-1, ""];
  #room = 0;

  constructor(
    private readonly columns: readonly GridColumn[],
    private readonly store: Store,
    private readonly events: TableEvents,
  ) {
    this.#row = measures.rowHeight(columns);
    this.#heads = columns.map((column, i) => new Head(column, () => events.sort(i)));
    this.element = h("div", { class: `at-table${this.#row === measures.LOW ? " at-low" : ""}` });
    const attributes = { role: "grid", "aria-label": "Samples", ...SUPPRESS };
    for (const [name, value] of Object.entries(attributes)) this.#table.setAttribute(name, value);
    this.#table.setAttribute("aria-multiselectable", "true");
    this.#table.setAttribute("aria-colcount", `${columns.length}`);
    this.#table.addEventListener("keydown", (event) => this.#key(event));
    this.#table.addEventListener("click", (event) => this.#click(event));
    this.element.append(this.#table);
    this.#table.setDataListener((x0, y0, x1, y1) => this.#listen({ x0, y0, x1, y1 }), {
      column_classes: true,
    });
    this.#table.addStyleListener(() => this.#style());
  }

  /** Height that shows every row. */
  get natural(): number {
    return measures.HEAD + Math.max(this.store.count, 1) * this.#row + 1;
  }

  /** Places of the rows in view, and of the columns. */
  get span(): Span {
    const first = Math.floor(measures.firstAt(this.#table.scrollTop, this.#frame) + 0.01);
    const y1 = Math.min(this.store.count, first + measures.inFull(this.#frame));
    return { ...this.#span, y0: Math.min(first, Math.max(0, y1 - 1)), y1 };
  }

  /** Draw again what is in view: something arrived, or the place has another size. */
  async draw(): Promise<void> {
    if (!this.#table.isConnected || this.#table.clientWidth === 0) return;
    this.#fit();
    await this.#table.draw();
    // A scroll bar that has come takes some of the width.
    if (this.#fit()) await this.#table.draw();
  }

  show(headers: [number, Header][], sortable: readonly number[]): void {
    for (const [i, header] of headers) this.#heads[i]?.show(header);
    const can = new Set(sortable);
    for (const [i, head] of this.#heads.entries()) head.sortable(can.has(i));
  }

  order(column: number, order: Order): void {
    this.#order = [column, order];
    for (const [i, head] of this.#heads.entries()) head.ordered(i === column ? order : "");
  }

  choose(rows: readonly number[]): void {
    this.#chosen = new Set(rows);
    this.#style();
  }

  /** To the first row, of another view. */
  rewind(): void {
    this.#active = -1;
    this.#table.scrollTop = 0;
  }

  focus(): void {
    this.#table.focus({ preventScroll: true });
  }

  /** The row that keys act on. */
  get active(): Row | undefined {
    return this.#active < 0 ? undefined : this.store.row(this.#active, Math.floor(this.#span.x0));
  }

  /** Number of the row beside the active one; undefined where there is none, or none yet. */
  beside(by: 1 | -1): number | undefined {
    const place = this.#active + by;
    if (place < 0 || place >= this.store.count) return undefined;
    const number = this.#numberAt(place);
    if (number === undefined) this.store.want({ ...this.#span, y0: place, y1: place + 1 });
    return number;
  }

  /** Make the row beside it the active one. */
  leaf(by: 1 | -1): void {
    this.#move(by, false);
  }

  get #frame(): measures.Frame {
    const height = this.#table.clientHeight;
    const rows = this.store.count;
    const frame = { rows, row: this.#row, height };
    return { ...frame, rows: rows + measures.spare(frame) };
  }

  /** Widths for the room there is; whether that has changed. */
  #fit(): boolean {
    const gutter = measures.gutter(this.store.count);
    const room = this.#table.clientWidth - gutter;
    if (room === this.#room) return false;
    this.#room = room;
    const sizes: Record<number, number> = { 0: gutter };
    for (const [i, width] of measures.widths(this.columns, room).entries()) sizes[i + 1] = width;
    this.#table.restoreColumnSizes(sizes);
    return true;
  }

  async #listen(asked: Span) {
    const x1 = Math.min(asked.x1, this.columns.length);
    const { rows } = this.#frame;
    const y1 = Math.min(asked.y1, rows);
    const [x0, y0] = [asked.x0, asked.y0];
    if (y1 > y0) this.#look({ x0, y0, x1, y1 });
    const places = Array.from({ length: Math.max(0, y1 - y0) }, (_, i) => y0 + i);
    const shown = Array.from({ length: Math.max(0, x1 - x0) }, (_, i) => x0 + i);
    return {
      num_rows: rows,
      num_columns: this.columns.length,
      row_height: this.#row,
      num_row_headers: 1,
      num_column_headers: 1,
      merge_headers: "column" as const,
      row_headers: places.map((y) => [this.#number(y)]),
      // regular-table takes elements as well, its types do not say so.
      column_headers: shown.map((x) => [this.#heads[x]?.element]) as never,
      data: shown.map((x) => places.map((y) => this.#cell(x, y, x0))) as never,
    };
  }

  #look(span: Span): void {
    const { x0, x1 } = this.#span;
    this.#span = span;
    this.store.want(span);
    if (x0 !== span.x0 || x1 !== span.x1) this.events.moved();
    if (span.y1 >= this.store.count) this.events.reachedEnd();
  }

  #number(y: number): string {
    if (y >= this.store.count) return "";
    const row = this.store.row(y, Math.floor(this.#span.x0));
    return row ? row.number.toLocaleString("en-US") : this.store.view === 0 ? `${y.toLocaleString("en-US")}` : "";
  }

  #cell(x: number, y: number, first: number): HTMLElement | string {
    if (y >= this.store.count) return "";
    const row = this.store.row(y, x);
    if (!row) return waiting();
    if (row.fault) return x === first ? broken(row.fault) : "";
    const drawn = this.#drawn.get(row) ?? new Map<number, HTMLElement>();
    this.#drawn.set(row, drawn);
    const known = drawn.get(x);
    if (known) return known;
    const value = row.cells[x % COLUMNS];
    const made = value ? cell(value, this.events) : waiting();
    made.dataset["row"] = `${row.number}`;
    made.dataset["column"] = `${x}`;
    drawn.set(x, made);
    return made;
  }

  #style(): void {
    const body = this.#table.querySelector("tbody");
    if (!body) return;
    this.#table.setAttribute("aria-rowcount", `${this.store.count + 1}`);
    for (const part of this.#table.querySelectorAll("table, thead, tbody"))
      part.setAttribute("role", part.tagName === "TABLE" ? "presentation" : "rowgroup");
    for (const th of this.#table.querySelectorAll<HTMLElement>("thead th")) this.#styleHead(th);
    for (const tr of body.children) this.#styleRow(tr as HTMLElement);
    const shown = body.querySelector(".at-active");
    if (shown) this.#table.setAttribute("aria-activedescendant", shown.id);
    else this.#table.removeAttribute("aria-activedescendant");
  }

  #styleHead(th: HTMLElement): void {
    const meta = this.#table.getMeta(th);
    const x = meta?.type === "column_header" ? meta.x : -1;
    th.parentElement?.setAttribute("role", "row");
    th.setAttribute("role", "columnheader");
    th.setAttribute("aria-colindex", `${x + 2}`);
    const order = x >= 0 && x === this.#order[0] ? this.#order[1] : "";
    if (order) th.setAttribute("aria-sort", order === "up" ? "ascending" : "descending");
    else th.removeAttribute("aria-sort");
  }

  #styleRow(tr: HTMLElement): void {
    const y = this.#placeOf(tr.children[0] as HTMLElement);
    const there = y < this.store.count;
    const row = this.#numberAt(y);
    tr.id = `${this.#prefix}-${y}`;
    tr.setAttribute("role", there ? "row" : "presentation");
    tr.setAttribute("aria-rowindex", `${y + 2}`);
    tr.setAttribute("aria-selected", `${row !== undefined && this.#chosen.has(row)}`);
    tr.classList.toggle("at-active", there && y === this.#active);
    tr.classList.toggle("at-none", !there);
    for (const td of tr.children) this.#styleCell(td as HTMLElement);
  }

  /** Number of the row at a place; as they are stored, it is the place, arrived or not. */
  #numberAt(y: number): number | undefined {
    if (y < 0 || y >= this.store.count) return undefined;
    const row = this.store.row(y, Math.floor(this.#span.x0));
    return row?.number ?? (this.store.view === 0 ? y : undefined);
  }

  #placeOf(td: HTMLElement): number {
    const meta = this.#table.getMeta(td);
    return meta?.type === "body" || meta?.type === "row_header" ? meta.y : -1;
  }

  #styleCell(td: HTMLElement): void {
    const meta = this.#table.getMeta(td);
    td.setAttribute("role", meta?.type === "body" ? "gridcell" : "rowheader");
    if (meta?.type !== "body") return;
    const column = this.columns[meta.x];
    td.classList.toggle("at-num", column !== undefined && numeric(column));
    // An element that was drawn elsewhere since has left its cell without the table's knowing.
    if (meta.value instanceof HTMLElement && td.firstChild !== meta.value)
      td.replaceChildren(meta.value);
    td.classList.toggle("at-over", td.firstElementChild?.classList.contains("at-broken") ?? false);
  }

  // ---- keys and clicks -------------------------------------------------------------------------

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#table) return;
    const jump = Math.max(1, measures.inFull(this.#frame) - 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: jump,
      PageUp: -jump,
      Home: -Infinity,
      End: Infinity,
    };
    const by = moves[event.key];
    if (by !== undefined) this.#move(by, event.shiftKey);
    else if (event.key === "ArrowRight") this.#aside(1);
    else if (event.key === "ArrowLeft") this.#aside(-1);
    else if (event.key === "Enter") this.#open(this.#numberAt(this.#active));
    else if (event.key === " ") this.#toggle(this.#numberAt(this.#active));
    else if (event.key === "Escape" && this.#chosen.size > 0) this.#chose([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(by: number, extend: boolean): void {
    const last = this.store.count - 1;
    if (last < 0) return;
    const from = this.#active < 0 ? (by > 0 ? -1 : 0) : this.#active;
    this.#active = Math.max(0, Math.min(last, from + by));
    if (extend) this.#extend();
    else this.#anchor = this.#active;
    this.reveal(this.#active);
  }

  reveal(place: number): void {
    const frame = this.#frame;
    const first = measures.firstAt(this.#table.scrollTop, frame);
    const full = measures.inFull(frame);
    const wanted = place < first ? place : place > first + full - 1 ? place - full + 1 : first;
    if (wanted !== first) this.#table.scrollTop = measures.topOf(wanted, frame);
    this.#style();
    this.events.moved();
  }

  #aside(by: number): void {
    const x = Math.max(0, Math.min(this.columns.length - 1, Math.floor(this.#span.x0) + by));
    const top = this.#table.scrollTop;
    void this.#table.scrollToCell(x, 0);
    this.#table.scrollTop = top;
  }

  #click(event: MouseEvent): void {
    const td = (event.target as Element).closest<HTMLElement>("td, tbody th");
    const y = td ? this.#placeOf(td) : -1;
    if (!td || y < 0 || y >= this.store.count) return;
    this.#active = y;
    const row = this.#numberAt(y);
    this.#style();
    this.events.moved();
    if (event.shiftKey) this.#extend();
    else if (event.ctrlKey || event.metaKey) this.#toggle(row);
    else if (td.tagName === "TH") this.#pick(row);
    else this.#open(row);
    if (!event.shiftKey) this.#anchor = y;
  }

  #open(row: number | undefined): void {
    if (row !== undefined) this.events.open(row);
  }

  /** This row alone; none, if it was that already. */
  #pick(row: number | undefined): void {
    if (row === undefined) return;
    this.#chose(this.#chosen.size === 1 && this.#chosen.has(row) ? [] : [row]);
  }

  #toggle(row: number | undefined): void {
    if (row === undefined) return;
    const rows = new Set(this.#chosen);
    if (!rows.delete(row)) rows.add(row);
    this.#chose([...rows]);
  }

  /** All rows between where it began and the active one, as far as they are there. */
  #extend(): void {
    const [from, to] = [this.#anchor, this.#active].sort((a, b) => a - b) as [number, number];
    const rows: number[] = [];
    for (let y = from; y <= to; y++) {
      const row = this.#numberAt(y);
      if (row !== undefined) rows.push(row);
    }
    this.#chose(rows);
  }

  #chose(rows: number[]): void {
    this.choose(rows);
    this.events.chosen(rows);
  }
}
