/** Patience: what waits for a server is asked again until it is there. */

import type { Answer, Channel } from "./channel";
import type { Requests } from "./wire";

/** Ask until there is an answer, or nobody wants one any more. The kernel does the waiting. */
export async function patiently<K extends keyof Requests>(
  channel: Channel,
  kind: K,
  body: Requests[K]["ask"],
  valid: () => boolean,
): Promise<Answer<Requests[K]["answer"]>> {
  for (;;) {
    const answer = await channel.ask(kind, body);
    if (!valid() || !isPending(answer.value)) return answer;
  }
}

function isPending(value: unknown): boolean {
  return typeof value === "object" && value !== null && "pending" in value;
}
