/** Shapes of what the kernel sends; `atdata_nb/widgets/wire.py` writes them. */

import type { WholeRequests } from "./whole/wire";
import type { BrowserRequests, Facets, Listed, Order } from "./wire_browser";

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
  listed: Listed;
  /** Number of the index it is from. */
  source?: number;
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
  /** What is missing of the list, and why. */
  notes: [string, string][];
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
  shardCount: number;
  place: string;
  code: string;
  /** Name and label of what can be done with it. */
  actions: [string, string][];
}

export interface SchemaField {
  name: string;
  type: string;
  default: string;
  description: string;
  /** How deep it is nested in other fields. */
  depth: number;
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

/** Every request, and what answers it. */
export interface Requests extends BrowserRequests, WholeRequests {
  list: {
    ask: {
      query: string;
      facets: Facets;
      order: Order;
      listed: Listed;
      offset: number;
      limit: number;
      fresh?: boolean;
    };
    answer: Listing;
  };
  overview: { ask: { key: string }; answer: Overview };
  /** To the desk of a flow; `flows/wire.ts` says what is asked of it. */
  flow: { ask: { key: string; ask: object }; answer: object };
}
