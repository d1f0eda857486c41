/** What changed between two versions of a schema, and who can read what of whom. */

import { h, said } from "./dom";
import { count } from "./format";
import type { Diff } from "./wire_browser";

export function diff(facts: Diff): HTMLElement {
  const names = ["", "field", "change", `in ${facts.old}`, `in ${facts.new}`];
  const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));
  const rows = facts.changes.map(([kind, sign, field, what, old, now]) =>
    h(
      "tr",
      { class: `at-${kind}` },
      h("td", {}, h("b", {}, sign)),
      h("td", {}, said(field)),
      h("td", {}, said(what)),
      h("td", { class: "at-type" }, said(old)),
      h("td", { class: "at-type" }, said(now)),
    ),
  );
  return h(
    "div",
    { class: "at-diff" },
    rows.length
      ? h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows))
      : h("p", { class: "at-dim" }, "They say the same."),
    facts.leftOut > 0 && h("small", {}, count(facts.leftOut, "further change")),
    ...facts.verdicts.map(([question, ok, reasons]) => verdict(question, ok, reasons)),
    facts.version && h("p", { class: "at-dim" }, `Smallest honest version: ${facts.version}`),
    ...[...facts.steps, ...facts.notes].map((text) => h("p", { class: "at-dim" }, said(text))),
  );
}

function verdict(question: string, ok: boolean, reasons: string[]): HTMLElement {
  const word = h("span", { class: ok ? "at-good" : "at-bad-word" }, ok ? "✓ reads" : "✗ does not");
  const lines = reasons.map((reason) => h("div", { class: "at-dim" }, said(reason)));
  return h("div", {}, question, " ", word, ...lines);
}
