/** What a part of the open sample asks for, until another sample takes its place. */

import type { Answer, Channel } from "../channel";
import type { Requests } from "../wire";
import type { Where } from "./wire";

type Inside = "branch" | "text" | "bytes" | "numbers" | "picture" | "play";
type Rest<K extends Inside> = Omit<Requests[K]["ask"], keyof Where>;

export class Asker {
  #closed = false;
  readonly #endings: (() => void)[] = [];
  readonly #seen = new IntersectionObserver((entries) => this.#show(entries));
  readonly #waiting = new Map<Element, () => void>();

  constructor(
    private readonly channel: Channel,
    readonly where: Where,
  ) {}

  /** Ask, and act on the answer if the sample is still the one that is open. */
  ask<K extends Inside>(
    kind: K,
    rest: Rest<K>,
    done: (answer: Answer<Requests[K]["answer"]>) => void,
    failed: (error: unknown) => void,
  ): void {
    this.channel.ask(kind, { ...this.where, ...rest } as Requests[K]["ask"]).then(
      (answer) => this.#closed || done(answer),
      (error: unknown) => this.#closed || failed(error),
    );
  }

  /** Act once the element comes into view: a sample may have thousands of parts. */
  whenSeen(element: Element, act: () => void): void {
    this.#waiting.set(element, act);
    this.#seen.observe(element);
  }

  /** Act when another sample takes the place of this one. */
  atEnd(act: () => void): void {
    this.#endings.push(act);
  }

  close(): void {
    this.#closed = true;
    this.#seen.disconnect();
    for (const act of this.#endings) act();
  }

  #show(entries: IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.#seen.unobserve(target);
      this.#waiting.get(target)?.();
      this.#waiting.delete(target);
    }
  }
}
