/** Notes: what is missing of a list and why, beside what is there. */

import { button, h, said } from "./dom";

export function notes(told: [string, string][], retry: () => void): HTMLElement | undefined {
  if (!told.length) return undefined;
  const lines = told.map(([who, why]) =>
    h("div", { title: why }, h("b", {}, said(who)), " ", said(why, { class: "at-fault" })),
  );
  return h(
    "div",
    { class: "at-notes", role: "alert" },
    h("div", {}, ...lines),
    button("Retry", retry),
  );
}
