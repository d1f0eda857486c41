/** The designed states of a place that has nothing to show: empty, loading, failed. */

import { Refusal } from "./channel";
import { button, h, said } from "./dom";

/** After this long without an answer, loading says what it may be waiting for. */
export const SLOW = 4_000;

export function empty(sentence: string, hint: HTMLElement | string = ""): HTMLElement {
  return h(
    "div",
    { class: "at-state" },
    h("p", {}, sentence),
    hint && h("p", { class: "at-dim" }, hint),
  );
}

/** Rows of the height that will be there, then, if it takes long, a sentence and a way out. */
export function loading(what: string, retry: () => void): HTMLElement {
  const note = h("p", { class: "at-dim" });
  const place = h(
    "div",
    { class: "at-loading", role: "status", "aria-label": `Loading ${what}` },
    h("i", {}),
    h("i", {}),
    h("i", {}),
    h("i", {}),
    note,
  );
  setTimeout(() => {
    if (!place.isConnected) return;
    note.append(
      "Waiting for the kernel; it may be busy with another cell. ",
      button("Ask again", retry),
    );
  }, SLOW);
  return place;
}

export function failed(sentence: string, error: unknown, retry: () => void): HTMLElement {
  const kind = error instanceof Refusal ? error.kind : "Error";
  const text = error instanceof Error ? error.message : String(error);
  return h(
    "div",
    { class: "at-state", role: "alert" },
    h("p", { class: "at-fault" }, sentence),
    h("p", { class: "at-reason" }, said(`${kind}: ${text}`)),
    button("Retry", retry),
  );
}
