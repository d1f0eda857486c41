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
/** Without an answer for so long, it is looked whether the request has got lost. */
export const DOUBT = 2_000;
/** Questions whether it is there wait behind a long cell: ever fewer of them are sent. */
const RAREST = 60_000;

/** Hears how the kernel is. */
export interface Watcher {
  answered(): void;
  silent(): void;
}

interface Waiting {
  message: object;
  /** Whether it may not be sent again: it might be done twice. */
  once: boolean;
  resolve(answer: Answer<never>): void;
  reject(reason: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Message {
  id?: number;
  answer?: never;
  error?: Trouble;
}

/**
 * A kernel answers in the order of asking. So what was asked before that which is answered, and is
 * still waiting, has got lost with a connection, and is asked again.
 */
export class Channel {
  // One model can have several views, and each of them hears every answer.
  #next = Math.floor(Math.random() * 2 ** 30) * 2 ** 20;
  readonly #waiting = new Map<number, Waiting>();
  readonly #pings = new Set<number>();
  #watcher: Watcher | undefined;
  #doubt: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly model: Model) {
    model.on("msg:custom", this.#receive);
  }

  watch(watcher: Watcher): void {
    this.#watcher = watcher;
  }

  /** Look whether the kernel is there, and say so if it does not answer soon: it may be busy. */
  probe(patience = PATIENCE): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#watcher?.silent(), patience);
    this.#ping();
  }

  /** Ask; what must not be done twice is asked `once`, and refused if it gets lost. */
  ask<K extends keyof Requests>(
    kind: K,
    body: Requests[K]["ask"],
    once = false,
  ): Promise<Answer<Requests[K]["answer"]>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#watcher?.silent(), PATIENCE);
      this.#send({ message: { kind, ...body }, once, resolve, reject, timer });
    });
  }

  #send(waiting: Waiting): void {
    const id = ++this.#next;
    this.#waiting.set(id, waiting);
    try {
      this.model.send({ id, ...waiting.message });
    } catch {
      this.#lose(id, "The kernel cannot be reached.");
      this.#watcher?.silent();
    }
    if (this.#doubt === undefined) this.#look(DOUBT);
  }

  /** Ping for as long as something is waited for. */
  #look(after: number): void {
    this.#doubt = setTimeout(() => {
      this.#doubt = undefined;
      if (this.#waiting.size === 0) return;
      this.#ping();
      this.#look(Math.min(after * 2, RAREST));
    }, after);
  }

  #ping(): void {
    const id = ++this.#next;
    try {
      this.model.send({ id, kind: "ping" });
      this.#pings.add(id);
    } catch {
      this.#watcher?.silent();
    }
  }

  /** What was asked before that which is answered now has got lost. */
  #overtake(answered: number): void {
    for (const [id, waiting] of [...this.#waiting]) {
      if (id > answered) continue;
      if (waiting.once) this.#lose(id, "The connection was cut.");
      else if (this.#waiting.delete(id)) this.#send(waiting);
    }
  }

  #lose(id: number, why: string): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    waiting?.reject(new Refusal("ConnectionError", why));
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    clearTimeout(this.#doubt);
    clearTimeout(this.#deadline);
    this.#watcher = undefined;
    this.model.off("msg:custom", this.#receive);
    this.#waiting.clear();
  }

  readonly #receive = ({ id, answer, error }: Message, buffers: Buffers = []): void => {
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    if (!this.#pings.delete(id) && !waiting) return;
    clearTimeout(this.#deadline);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    this.#watcher?.answered();
    if (error) waiting?.reject(new Refusal(error.kind, error.text));
    else waiting?.resolve({ value: answer as never, buffers });
    this.#overtake(id);
    // The kernel is there: what is still waiting is doubted anew.
    clearTimeout(this.#doubt);
    this.#doubt = undefined;
    if (this.#waiting.size > 0) this.#look(DOUBT);
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
