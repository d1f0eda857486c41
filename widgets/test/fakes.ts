/** A model whose kernel is the test: what was asked is kept, and answered when the test says so. */

import type { Model } from "../src/model";
import type { Item, Listing } from "../src/wire";
import type { Wanted } from "../src/wire_browser";

interface Asked {
  id: number;
  kind: string;
  [field: string]: unknown;
}

export class FakeModel implements Model {
  readonly asked: Asked[] = [];
  readonly saved: Record<string, unknown> = {};
  broken = false;
  readonly #heard = new Map<string, Set<(...parts: never[]) => void>>();

  constructor(private readonly state: Record<string, unknown> = {}) {}

  get(name: string): unknown {
    return this.state[name];
  }

  set(name: string, value: unknown): void {
    this.state[name] = value;
    this.emit(`change:${name}`);
  }

  save_changes(): void {
    Object.assign(this.saved, this.state);
  }

  on(event: string, callback: (...parts: never[]) => void): void {
    this.#heard.set(event, (this.#heard.get(event) ?? new Set()).add(callback));
  }

  off(event: string, callback: (...parts: never[]) => void): void {
    this.#heard.get(event)?.delete(callback);
  }

  send(content: unknown): void {
    if (this.broken) throw new Error("the connection is closed");
    this.asked.push(content as Asked);
  }

  emit(event: string, ...parts: unknown[]): void {
    for (const act of this.#heard.get(event) ?? []) act(...(parts as never[]));
  }

  /** What was asked of one kind, in order. */
  of(kind: string): Asked[] {
    return this.asked.filter((request) => request.kind === kind);
  }

  /** Answer a request of a kind by its place in the order of asking; -1 is the newest. */
  async answer(kind: string, place: number, answer: unknown): Promise<void> {
    this.emit("msg:custom", { id: this.of(kind).at(place)?.id, answer }, []);
    await settled();
  }

  async refuse(kind: string, place: number, text: string): Promise<void> {
    const error = { kind: "KeyError", text };
    this.emit("msg:custom", { id: this.of(kind).at(place)?.id, error }, []);
    await settled();
  }
}

/** Let what was promised happen. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

export function item(name: string): Item {
  return {
    key: `key of ${name}`,
    name,
    version: "1.0.0",
    about: "",
    extent: "3 samples",
    schema: "Digit 1.0.0",
    place: "local",
    license: "",
    tags: [],
    fault: "",
    listed: "datasets",
  };
}

export function listing(names: string[], more: Partial<Listing> = {}): Listing {
  return {
    query: "",
    items: names.map(item),
    offset: 0,
    total: names.length,
    looked: 0,
    done: true,
    notes: [],
    ...more,
  };
}

export function wanted(query = "", more: Partial<Wanted> = {}): Wanted {
  return { query, facets: {}, order: "", listed: "datasets", ...more };
}
