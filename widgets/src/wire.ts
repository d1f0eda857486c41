/** Shapes of what the kernel sends; `atdata_nb/widgets/wire.py` writes them. */

import type { WholeRequests } from "./whole/wire";

export interface Item {
  key: string;
  name: string;
  version: string;
  about: string;
  extent: string;
  schema: string;
  place: string;
  license: string;
  tags: string[];
  fault: string;
}

export interface Listing {
  query: string;
  items: Item[];
  offset: number;
  /** How many match; null while nobody knows. */
  total: number | null;
  /** How many were looked through, where the index cannot search by itself. */
  looked: number;
  /** Whether the page is whole; if not, the same request goes on from there. */
  done: boolean;
}

export interface Trouble {
  kind: string;
  text: string;
}

export interface Overview {
  item: Item;
  description: string;
  facts: [string, string][];
  metadata: [string, string][];
  shards: string[];
  shardCount: number;
  place: string;
  code: string;
}

export interface SchemaField {
  name: string;
  type: string;
  default: string;
  description: string;
}

export interface Schema {
  name: string;
  version: string;
  ref: string;
  description: string;
  fields: SchemaField[];
  leftOut: number;
  fault: string;
  raw: string;
}

export interface Histogram {
  counts: number[];
  low: string;
  high: string;
}

export interface Column {
  name: string;
  type: string;
  /** What the shown values have in common: missing ones, a range, one value. */
  note: string;
  numeric: boolean;
  histogram: Histogram | null;
}

export type CellKind =
  "missing" | "number" | "bool" | "text" | "bytes" | "image" | "array" | "nested" | "fault";

export interface Cell {
  kind: CellKind;
  text: string;
  /** The unfolded form, where `text` had to be cut. */
  long?: string;
  /** Number of the buffer that holds the PNG. */
  picture?: number;
  width?: number;
  height?: number;
  /** Smallest and largest value of an array, and its heights within [0, 1]. */
  span?: string;
  curve?: number[];
}

/** A table of samples as the widgets show it; `readTable` makes it from what was sent. */
export interface Table {
  columns: Column[];
  rows: Cell[][];
  caption: string;
  faults: string[];
}

/** Every request, and what answers it. */
export interface Requests extends WholeRequests {
  list: { ask: { query: string; offset: number; limit: number; fresh?: boolean }; answer: Listing };
  overview: { ask: { key: string }; answer: Overview };
  schema: { ask: { key: string }; answer: Schema };
  samples: { ask: { key?: string }; answer: Table };
  /** To the desk of a flow; `flows/wire.ts` says what is asked of it. */
  flow: { ask: { key: string; ask: object }; answer: object };
}
