/** What there is beside what a page shows: runs of other pages, and runs that were cut short. */

import { button, h, said, SUPPRESS } from "../dom";
import type { Asker } from "./asker";
import type { Other, Running, Unfinished } from "./wire";

/** How long before it is asked whether they go on still. */
const PAUSE = 1000;

export class Beside {
  readonly element: HTMLElement;
  readonly #others = h("div", {});
  readonly #left = h("div", {});
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly asker: Asker,
    private readonly show: (run: Running) => void,
  ) {
    this.element = h("div", { class: "at-left" }, this.#others, this.#left);
  }

  others(others: Other[]): void {
    clearTimeout(this.#timer);
    const there = [...this.#others.children].map((row) => (row as HTMLElement).dataset["id"]);
    // What stays as it is keeps the focus.
    if (there.join() !== others.map(({ id }) => id).join())
      this.#others.replaceChildren(...others.map((one) => this.#other(one)));
    if (others.length) this.#timer = setTimeout(() => void this.#look(), PAUSE);
  }

  unfinished(left: Unfinished[]): void {
    this.#left.replaceChildren(...left.map((one) => this.#cutShort(one)));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Ask which of them go on; the one that is shown now is none of them. */
  look(): void {
    void this.#look();
  }

  async #look(): Promise<void> {
    // A kernel that is gone says so elsewhere.
    const told = await this.asker.ask("others", {}).catch(() => undefined);
    if (told && this.element.isConnected) this.others(told.others);
  }

  #other(one: Other): HTMLElement {
    const shown = async () => {
      const { run } = await this.asker.ask("show", { id: one.id });
      this.show(run);
    };
    return row(
      "at-cut at-on",
      `${one.id}`,
      one.title,
      [h("b", {}, said(one.title)), " goes on, begun elsewhere."],
      (tried) => [button("Show", () => void tried(shown))],
    );
  }

  #cutShort(one: Unfinished): HTMLElement {
    const credentials = one.bucket ? credentialsOf(one) : undefined;
    const asked = () => ({ id: one.id, credentials: credentials?.value ?? "" });
    const resumed = async () => {
      const { run } = await this.asker.ask("resume", asked());
      made.remove();
      this.show(run);
    };
    const undone = async () => this.unfinished((await this.asker.ask("roll_back", asked())).unfinished);
    const words = ["Cut short: ", h("b", {}, said(one.title)), " ", said(one.text, { class: "at-dim" })];
    const made = row("at-cut", one.id, one.title, words, (tried) => [
      credentials,
      button("Resume", () => void tried(resumed)),
      button("Roll back", () => void tried(undone)),
    ]);
    return made;
  }
}

function credentialsOf(one: Unfinished): HTMLInputElement {
  const title = "A .env file or a profile on the kernel’s machine; never the keys themselves";
  return h("input", {
    type: "text",
    "aria-label": `Credentials of ${one.bucket}`,
    placeholder: ".env file or profile",
    autocomplete: "off",
    spellcheck: "false",
    title,
    ...SUPPRESS,
  });
}

type Tried = (act: () => Promise<void>) => Promise<void>;

/** A line with buttons; while one of them is at work none can be pressed, and what fails is said. */
function row(
  kind: string,
  id: string,
  title: string,
  words: (Node | string)[],
  made: (tried: Tried) => (HTMLElement | undefined)[],
): HTMLElement {
  const say = h("span", { class: "at-fault", role: "alert" });
  const controls = made(async (act) => {
    for (const one of buttons) one.disabled = true;
    say.textContent = "";
    try {
      await act();
    } catch (error) {
      say.textContent = error instanceof Error ? error.message : String(error);
    }
    for (const one of buttons) one.disabled = false;
  }).filter((one) => one !== undefined);
  const buttons = controls.filter((one) => one instanceof HTMLButtonElement);
  return h(
    "div",
    { class: kind, role: "group", "aria-label": title, "data-id": id },
    h("span", {}, ...words),
    ...controls,
    say,
  );
}
