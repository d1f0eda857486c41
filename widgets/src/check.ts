/** A check: whether a dataset is what its record says, and how far finding that out has got. */

import type { Channel } from "./channel";
import { button, h, said } from "./dom";
import type { Check, CheckName } from "./wire_browser";

const SIGNS: Record<CheckName, string> = {
  good: "✓ ",
  bad: "✗ ",
  readable: "– ",
  unreachable: "✗ unreachable: ",
  unchecked: "",
  running: "",
};
const CLASSES: Record<CheckName, string> = {
  good: "at-good",
  bad: "at-bad-word",
  readable: "at-dim",
  unreachable: "at-fault",
  unchecked: "at-dim",
  running: "at-dim",
};

/** Asks the kernel; everybody who shows a part of it hears of news. */
export class Checker {
  state: Check = { state: "unchecked", why: "", done: 0, total: 0, steps: [] };
  readonly #heard = new Set<(state: Check) => void>();
  #over = false;

  constructor(
    private readonly channel: Channel,
    private readonly key: string,
  ) {}

  hear(act: (state: Check) => void): void {
    this.#heard.add(act);
    act(this.state);
  }

  /** Nobody shows it any more. */
  end(): void {
    this.#over = true;
    this.#heard.clear();
  }

  /** Ask how it stands, and go on asking while it is running. */
  look(act: "" | "begin" | "cancel" = ""): void {
    this.channel.ask("verify", { key: this.key, act }).then(
      ({ value }) => {
        if (this.#over) return;
        this.state = value;
        for (const tell of this.#heard) tell(value);
        if (value.state === "running") this.look();
      },
      (error: unknown) => {
        if (this.#over) return;
        const why = error instanceof Error ? error.message : String(error);
        this.state = { ...this.state, state: "unreachable", why };
        for (const tell of this.#heard) tell(this.state);
      },
    );
  }
}

/** One line: what is known, and the way to know more. */
export function badge(checker: Checker): HTMLElement {
  const place = h("span", { class: "at-badge", role: "status" });
  checker.hear((state) => {
    const kind = state.state;
    const parts: (Node | string)[] = [said(words(state), { class: CLASSES[kind] })];
    place.title = state.why;
    if (kind === "running") parts.push(button("Stop", () => checker.look("cancel")));
    else if (kind !== "good") {
      parts.push(
        button(kind === "unchecked" ? "Verify" : "Verify again", () => checker.look("begin")),
      );
    }
    place.replaceChildren(...parts);
  });
  return place;
}

export function words({ state, why, done, total }: Check): string {
  if (state === "running") {
    const far = done ? ` ${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}` : "";
    return `verifying${far}…`;
  }
  return state === "unchecked" ? why || "unverified" : SIGNS[state] + why;
}
