/** Copying text, and what to do where the clipboard is not allowed. */

import { button, h } from "./dom";

/** Say on a button whether its text has reached the clipboard; take it back after a while. */
export function copied(one: HTMLButtonElement, label: string, text: string): void {
  const say = (words: string): void => {
    one.textContent = words;
    setTimeout(() => (one.textContent = label), 2_000);
  };
  // Without permission for the clipboard the lines can still be selected by hand.
  const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
  written.then(
    () => say("Copied"),
    () => say("Select and copy by hand"),
  );
}

/** Lines of code with a button that copies them. */
export function code(text: string): HTMLElement {
  const copy = button("Copy", () => copied(copy, "Copy", text));
  return h("div", { class: "at-code" }, h("pre", {}, text), copy);
}
