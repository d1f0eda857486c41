/** Shapes of what the kernel tells of a browser's datasets; `atdata_nb/widgets/wire.py` and the
 * modules of its tabs write them. */

import type { Schema } from "./wire";

export const KINDS = ["place", "schema", "tag", "license"] as const;
export type Kind = (typeof KINDS)[number];
export type Facets = Partial<Record<Kind, string>>;
export type Listed = "datasets" | "schemas";
export const ORDERS = ["", "name", "-name", "date", "-date", "size", "-size"] as const;
export type Order = (typeof ORDERS)[number];

/** Which list is wanted. */
export interface Wanted {
  query: string;
  facets: Facets;
  order: Order;
  listed: Listed;
}

/** Not there yet: the same question, asked again, waits a little more. */
export interface Pending {
  pending?: true;
}

/** Of each kind the commonest values: value, label, number. */
export interface Tally {
  counts: Record<Kind, [string, string, number][]>;
  total: number | null;
  counted: number;
  done: boolean;
}

export interface Versions extends Pending {
  /** Key and version, highest first. */
  versions: [string, string][];
  count: number;
}

export interface Picture {
  width: number;
  height: number;
  boxes: { x: number; y: number; width: number; name: string; ref: string }[];
  arrows: { line: string; tip: string; x: number; y: number; label: string }[];
}

export interface SchemaTab extends Schema, Pending {
  /** Reference and version, highest first. */
  versions: [string, string][];
  /** Name, from, to, and whether it leads away from this schema. */
  lenses: [string, string, string, boolean][];
  picture: Picture | null;
}

export interface Diff extends Pending {
  old: string;
  new: string;
  /** Kind, sign, field, what happened, before, after. */
  changes: [string, string, string, string, string, string][];
  leftOut: number;
  verdicts: [string, boolean, string[]][];
  version: string;
  steps: string[];
  notes: string[];
}

export interface ShardRow {
  name: string;
  place: string;
  samples: string;
  size: string;
  sum: string;
  /** Whether it is as written; null where nobody can tell, "" before it was read. */
  good: boolean | null | "";
  why: string;
}

export interface Shards {
  offset: number;
  total: number;
  shards: ShardRow[];
}

export type Tree =
  | ["s", string]
  | ["v", string]
  | ["o", [string, Tree][], number]
  | ["a", Tree[], number];

export interface RecordTold {
  facts: [string, string][];
  tree: Tree;
  /** Whether there is anybody to ask about addresses of the network. */
  follows: boolean;
}

export interface Repo {
  name: string;
  facts: [string, string][];
  datasets: [string, string][];
}

export interface Followed extends Pending {
  key?: string;
  record?: RecordTold;
  repo?: Repo;
}

export type CheckName = "unchecked" | "running" | "good" | "readable" | "bad" | "unreachable";

export interface Check {
  state: CheckName;
  why: string;
  done: number;
  total: number;
  /** What else was looked at: name, whether it is good, why. */
  steps: [string, boolean | null, string][];
}

interface OfKey {
  key: string;
}

/** Every request of the browser, beside those of `Requests`, and what answers it. */
export interface BrowserRequests {
  facets: { ask: { query: string; facets: Facets }; answer: Tally };
  versions: { ask: OfKey; answer: Versions };
  schema: { ask: OfKey; answer: SchemaTab };
  diff: { ask: OfKey & { other: string }; answer: Diff };
  shards: { ask: OfKey & { offset: number; limit: number }; answer: Shards };
  record: { ask: OfKey; answer: RecordTold };
  follow: { ask: { target: string }; answer: Followed };
  verify: { ask: OfKey & { act: "" | "begin" | "cancel" }; answer: Check };
  lines: { ask: object; answer: { text: string } };
  act: { ask: OfKey & { name: string }; answer: Record<string, unknown> };
}
