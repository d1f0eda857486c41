/** Requests to the kernel: each has a number, and its answer carries it back. */

import type { Buffers, Model } from "./model";
import type { Requests, Trouble } from "./wire";

export interface Answer<T> {
  value: T;
  buffers: Buffers;
}

/** The kernel could not do what it was asked. */
export class Refusal extends Error {
  constructor(
    readonly kind: string,
    text: string,
  ) {
    super(text);
  }
}

/** Without an answer for so long, the kernel is said to be silent. */
export const PATIENCE = 10_000;

/** Hears how the kernel is. */
export interface Watcher {
  answered(): void;
  silent(): void;
}

interface Waiting {
  resolve(answer: Answer<never>): void;
  reject(reason: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Message {
  id?: number;
  answer?: never;
  error?: Trouble;
}

export class Channel {
  // One model can have several views, and each of them hears every answer.
  #next = Math.floor(Math.random() * 2 ** 30) * 2 ** 20;
  readonly #waiting = new Map<number, Waiting>();
  #watcher: Watcher | undefined;

  constructor(private readonly model: Model) {
    model.on("msg:custom", this.#receive);
  }

  watch(watcher: Watcher): void {
    this.#watcher = watcher;
  }

  /** Whether the kernel is there; what was on its way before will not be answered any more. */
  probe(patience = PATIENCE): void {
    for (const id of [...this.#waiting.keys()]) this.#lose(id, "The connection was cut.");
    this.ask("ping", {}, patience).catch(() => undefined);
  }

  ask<K extends keyof Requests>(
    kind: K,
    body: Requests[K]["ask"],
    patience = PATIENCE,
  ): Promise<Answer<Requests[K]["answer"]>> {
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#watcher?.silent(), patience);
      this.#waiting.set(id, { resolve, reject, timer });
      try {
        this.model.send({ id, kind, ...body });
      } catch {
        this.#lose(id, "The kernel cannot be reached.");
        this.#watcher?.silent();
      }
    });
  }

  #lose(id: number, why: string): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    waiting?.reject(new Refusal("ConnectionError", why));
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#watcher = undefined;
    this.model.off("msg:custom", this.#receive);
    this.#waiting.clear();
  }

  readonly #receive = (message: Message, buffers: Buffers = []): void => {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (!waiting || message.id === undefined) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    this.#watcher?.answered();
    if (message.error) waiting.reject(new Refusal(message.error.kind, message.error.text));
    else waiting.resolve({ value: message.answer as never, buffers });
  };
}

/** A place that shows one thing at a time: only the newest ticket is valid. */
export class Lane {
  #newest = 0;

  /** Take the lane; the returned test says whether somebody else has taken it since. */
  take(): () => boolean {
    const mine = ++this.#newest;
    return () => mine === this.#newest;
  }
}
