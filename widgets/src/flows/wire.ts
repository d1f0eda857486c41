/** Shapes of what the kernel tells of a flow; `atdata_nb/widgets/flows` writes them. */

import type { Listing, Trouble } from "../wire";

export interface Field {
  name: string;
  label: string;
  kind: "text" | "area" | "license" | "choice";
  value: string;
  hint: string;
  /** What to know while it is empty. */
  empty: string;
  placeholder: string;
  options: [string, string][];
  /** Name and value of another field that this one goes with. */
  shownFor: [string, string] | null;
  /** Asked only of those who want to know more. */
  folded: boolean;
}

/** How a column of new data becomes a field. */
export interface Column {
  source: string;
  name: string;
  type: string;
  types: string[];
  optional: boolean;
  keep: boolean;
  example: string;
  note: string;
}

export interface Account {
  handle: string;
  did: string;
  host: string;
  how: "client" | "earlier" | "kept" | "password" | "sandbox";
}

export interface Step {
  id: string;
  kind: string;
  title: string;
  detail: string;
  note: string;
  reused: boolean;
  bytes: number | null;
}

export interface Note {
  kind: string;
  text: string;
  remedy: string;
}

export interface Plan {
  kind: "publish" | "promote";
  title: string;
  confirm: string;
  extent: string;
  steps: Step[];
  leftOut: number;
  size: string;
  bytes: number | null;
  public: [string, string][];
  record: string;
  warnings: Note[];
  blockers: Note[];
  done: boolean;
}

export interface Looked {
  sign: string;
  state: string;
  what: string;
  why: string;
}

export interface Result {
  title: string;
  uri: string;
  url: string;
  code: string;
  changed: boolean;
  sent: string;
  verdict: (Looked & { extent: string; steps: Looked[] }) | null;
}

export interface StepNews {
  state: "started" | "progress" | "finished" | "reused" | "failed" | "cancelled";
  done: number;
  total: number | null;
  text: string;
}

export interface Progress {
  state: "running" | "done" | "failed" | "cancelled";
  next: number;
  steps: Record<string, StepNews>;
  rate?: string;
  left?: string;
  result?: Result;
  error?: Trouble;
}

/** `own` where it was begun from this page, or for the same data. */
export type Running = Progress & { plan: Plan; own: boolean };

/** A run of another page. */
export interface Other {
  id: number;
  title: string;
}

export interface Unfinished {
  id: string;
  title: string;
  text: string;
  /** Where its shards go, if that is a bucket; resuming takes its credentials. */
  bucket: string;
}

/** What is shown before anything was asked. */
export interface First {
  kind: "publish" | "promote";
  /** What it is about; empty as long as nothing was chosen. */
  title: string;
  from: string;
  form: Field[];
  needsAccount: boolean;
  /** Whether a dataset has to be chosen first. */
  choose: boolean;
  error?: Trouble;
}

export type Began = First & {
  account: Account | null;
  unfinished: Unfinished[];
  others: Other[];
  run: Running | null;
};

export interface ColumnChoice {
  source: string;
  name: string;
  type: string;
  optional: boolean;
  keep: boolean;
}

export interface Planned {
  number: number;
  plan: Plan;
  code: string;
  /** What was found in new data, before any change to it. */
  columns?: Column[];
}

export type Values = Record<string, string>;

/** Everything that is asked, and what answers it when it is done. */
export interface Asks {
  begin: { ask: object; answer: Began };
  licenses: { ask: { query: string }; answer: { items: [string, string][]; known: boolean } };
  list: { ask: { query: string }; answer: Listing };
  choose: { ask: { key: string }; answer: Began };
  sign_in: {
    ask: { handle: string; password: string; remember: boolean };
    answer: { account: Account | null };
  };
  sandbox: { ask: object; answer: { account: Account | null } };
  sign_out: { ask: object; answer: { account: Account | null } };
  plan: {
    ask: { form: Values; columns: ColumnChoice[] };
    answer: Planned;
  };
  start: { ask: { plan: number }; answer: { run: Running } };
  retry: { ask: object; answer: { run: Running } };
  progress: { ask: { since: number }; answer: Progress };
  cancel: { ask: object; answer: object };
  again: { ask: object; answer: object };
  others: { ask: object; answer: { others: Other[] } };
  show: { ask: { id: number }; answer: { run: Running } };
  resume: { ask: { id: string; credentials: string }; answer: { run: Running } };
  roll_back: { ask: { id: string; credentials: string }; answer: { unfinished: Unfinished[] } };
  promote: { ask: object; answer: Began };
}

/** An errand of the kernel that is not done yet. */
export interface UnderWay {
  done?: boolean;
  errand?: number;
}
