/** Shapes of what the kernel says of rows; `atdata_nb/widgets/samples/` writes them. */

export interface Extent {
  /** How many rows there are, as far as that is known. */
  known: number;
  /** Whether that is all of them. */
  whole: boolean;
  /** How many of them statistics, filter and order were made from. */
  read: number;
  /** How many of those do not decode. */
  broken: number;
  /** Whether there is more that is read when it is asked for. */
  waiting: boolean;
  /** Whether nothing more is read unasked. */
  done: boolean;
  /** Whether no more can be held for filter and order. */
  full: boolean;
}

export interface GridColumn {
  name: string;
  type: string;
  kind: string;
}

export interface TableAnswer extends Extent {
  columns: GridColumn[];
  /** Whether any row can be read without those before it. */
  random: boolean;
}

export interface Bars {
  counts: number[];
  low: string;
  high: string;
}

export interface Header {
  type: string;
  note: string;
  bars: Bars | null;
  /** The most frequent values and their shares of all. */
  top: [string, number][];
}

export interface ScanAnswer extends Extent {
  headers: [number, Header][];
  sortable: number[];
}

export interface Fault {
  text: string;
  position: number | null;
}

export interface Matched extends Extent {
  view: number;
  count: number;
  looked: number;
  caughtUp: boolean;
  /** Whether manifests told it, of the whole dataset. */
  told: boolean;
  error?: never;
}

export type MatchAnswer = Matched | { error: Fault };

export interface RowsAnswer extends Extent {
  start: number;
  count: number;
  wanted: number;
}

interface Key {
  key?: string;
}

/** Which rows are shown, and in which order. */
export interface View {
  query: string;
  /** Number of a column; -1 for the order the rows are stored in. */
  sort: number;
  down: boolean;
}

declare module "../wire" {
  interface Requests {
    table: { ask: Key & { fresh?: boolean }; answer: TableAnswer };
    scan: { ask: Key & { first: number; last: number; more?: boolean }; answer: ScanAnswer };
    match: { ask: Key & View; answer: MatchAnswer };
    rows: {
      ask: Key & { view: number; start: number; count: number; first: number; last: number };
      answer: RowsAnswer;
    };
    sound: { ask: Key & { row: number; column: number }; answer: { type: string } };
    code: { ask: Key & View & { rows: number[] }; answer: { code: string } };
  }
}
