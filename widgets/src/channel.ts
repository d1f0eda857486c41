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

interface Waiting {
  resolve(answer: Answer<never>): void;
  reject(reason: Refusal): void;
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

  constructor(private readonly model: Model) {
    model.on("msg:custom", this.#receive);
  }

  ask<K extends keyof Requests>(
    kind: K,
    body: Requests[K]["ask"],
  ): Promise<Answer<Requests[K]["answer"]>> {
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        this.model.send({ id, kind, ...body });
      } catch {
        this.#waiting.delete(id);
        reject(new Refusal("ConnectionError", "The kernel cannot be reached."));
      }
    });
  }

  close(): void {
    this.model.off("msg:custom", this.#receive);
    this.#waiting.clear();
  }

  readonly #receive = (message: Message, buffers: Buffers = []): void => {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (!waiting || message.id === undefined) return;
    this.#waiting.delete(message.id);
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
