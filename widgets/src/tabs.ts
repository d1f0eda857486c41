/** Tabs: of a few pages one is open; the arrow keys turn them. */

import { button, h, SUPPRESS } from "./dom";

export class Tabs<T extends string> {
  readonly element: HTMLElement;
  readonly #tabs = new Map<T, HTMLButtonElement>();

  constructor(
    titles: Record<T, string>,
    private readonly turned: (tab: T) => void,
  ) {
    for (const tab of Object.keys(titles) as T[]) {
      const one = button(titles[tab], () => turned(tab), { role: "tab", ...SUPPRESS });
      one.addEventListener("keydown", (event) => this.#key(event, tab));
      this.#tabs.set(tab, one);
    }
    this.element = h("nav", { class: "at-tabs", role: "tablist" }, ...this.#tabs.values());
  }

  /** Mark a tab as open, and show only some of them. */
  show(open: T, there: readonly T[]): void {
    for (const [tab, element] of this.#tabs) {
      element.hidden = !there.includes(tab);
      element.setAttribute("aria-selected", `${tab === open}`);
      element.tabIndex = tab === open ? 0 : -1;
    }
  }

  #key(event: KeyboardEvent, tab: T): void {
    const there = [...this.#tabs].filter(([, element]) => !element.hidden).map(([name]) => name);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const ends: Record<string, T | undefined> = { Home: there[0], End: there.at(-1) };
    const next = by
      ? there[(there.indexOf(tab) + by + there.length) % there.length]
      : ends[event.key];
    if (!next) return;
    this.turned(next);
    this.#tabs.get(next)?.focus();
    event.preventDefault();
  }
}
