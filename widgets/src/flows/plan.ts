/** A plan as a readable list: what to know before, what is done, what becomes public. */

import { h, said, SUPPRESS } from "../dom";
import { StepList } from "./steps";
import type { Note, Plan } from "./wire";

/** `told` are the kinds of warnings that the form gives already. */
export function planView(plan: Plan, told: ReadonlySet<string>): HTMLElement {
  return h(
    "div",
    { class: "at-plan" },
    notes(plan, told),
    new StepList(plan.steps, plan.leftOut).element,
    publicView(plan),
  );
}

function notes(plan: Plan, told: ReadonlySet<string>): HTMLElement | null {
  const rows = [
    ...plan.blockers.map((one) => noteRow(one, "✗", "at-blocker")),
    ...plan.warnings
      .filter(({ kind }) => !told.has(kind))
      .map((one) => noteRow(one, "!", "at-warning")),
  ];
  if (!rows.length) return null;
  return h("ul", { class: "at-told", "aria-label": "To know before" }, ...rows);
}

function noteRow(note: Note, sign: string, kind: string): HTMLElement {
  return h(
    "li",
    { class: kind },
    h("span", { class: "at-sign", "aria-hidden": "true" }, sign),
    h("span", {}, said(sentence(note.text)), note.remedy && said(sentence(note.remedy), { class: "at-remedy" })),
  );
}

export function publicView(plan: Plan): HTMLElement {
  const rows = plan.public.map(([word, text]) =>
    h("tr", {}, h("th", { scope: "row" }, said(word)), h("td", {}, said(text))),
  );
  const title = plan.kind === "promote" ? "What becomes public" : "What it will say";
  return h(
    "section",
    { class: "at-public", "aria-label": title },
    h("h4", {}, title),
    h("table", { class: "at-pairs" }, h("tbody", {}, ...rows)),
    plan.record &&
      h(
        "details",
        {},
        h("summary", { ...SUPPRESS }, plan.kind === "promote" ? "the record as it will be sent" : "the entry as it will be listed"),
        h("pre", { tabindex: "0", ...SUPPRESS }, plan.record),
      ),
  );
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
