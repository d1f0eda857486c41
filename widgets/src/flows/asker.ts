/** Asking the desk of a flow; an errand of the kernel is looked at until it is done. */

import type { Channel } from "../channel";
import type { Asks, UnderWay } from "./wire";

export class Asker {
  /** `key` names the dataset where one widget holds the desks of many. */
  constructor(
    private readonly channel: Channel,
    private readonly key = "",
  ) {}

  async ask<K extends keyof Asks>(kind: K, body: Asks[K]["ask"]): Promise<Asks[K]["answer"]> {
    let answer = await this.#send({ kind, ...body }, true);
    while (answer.done === false && answer.errand !== undefined)
      answer = await this.#send({ kind: "look", errand: answer.errand }, false);
    return answer as Asks[K]["answer"];
  }

  async #send(ask: object, once: boolean): Promise<UnderWay> {
    const { value } = await this.channel.ask("flow", { key: this.key, ask }, once);
    return value as UnderWay;
  }
}
