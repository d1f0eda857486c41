/** A switch between a few words, of which one is on. */

import { button, h } from "./dom";

export class Switch<T extends string> {
  readonly element: HTMLElement;
  readonly #buttons = new Map<T, HTMLButtonElement>();

  constructor(
    words: Record<T, string>,
    label: string,
    private readonly turned: (value: T) => void,
  ) {
    for (const value of Object.keys(words) as T[]) {
      const one = button(words[value], () => this.#turn(value), { role: "radio" });
      one.addEventListener("keydown", (event) => this.#step(event, value));
      this.#buttons.set(value, one);
    }
    const attributes = { class: "at-switch", role: "radiogroup", "aria-label": label };
    this.element = h("div", attributes, ...this.#buttons.values());
  }

  show(value: T): void {
    for (const [other, one] of this.#buttons) {
      one.setAttribute("aria-checked", `${other === value}`);
      one.tabIndex = other === value ? 0 : -1;
    }
  }

  #turn(value: T): void {
    this.show(value);
    this.turned(value);
  }

  #step(event: KeyboardEvent, value: T): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const values = [...this.#buttons.keys()];
    const next = values[(values.indexOf(value) + by + values.length) % values.length];
    if (next === undefined) return;
    event.preventDefault();
    this.#buttons.get(next)?.focus();
    this.#turn(next);
  }
}
