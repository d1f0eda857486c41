/** The schema of a dataset's samples. */

import { h, said } from "./dom";
import { count } from "./format";
import type { Schema, SchemaField } from "./wire";

export function schema(facts: Schema): HTMLElement {
  return h(
    "div",
    { class: "at-page" },
    h(
      "div",
      { class: "at-title" },
      h("b", {}, said(facts.name)),
      " ",
      h("small", {}, facts.version),
    ),
    facts.description && h("p", {}, said(facts.description)),
    facts.fault ? unreadable(facts) : fields(facts),
    h("small", {}, said(facts.ref)),
  );
}

function fields(facts: Schema): HTMLElement {
  const names = ["field", "type", "default", "description"];
  const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));
  return h(
    "div",
    {},
    h("table", {}, h("thead", {}, head), h("tbody", {}, ...facts.fields.map(field))),
    facts.leftOut > 0 && h("small", {}, count(facts.leftOut, "further field")),
  );
}

function field(facts: SchemaField): HTMLElement {
  const type = h("td", { class: "at-type" }, said(facts.type));
  return h(
    "tr",
    {},
    h("td", {}, said(facts.name)),
    type,
    h("td", { class: "at-type" }, said(facts.default)),
    h("td", {}, said(facts.description)),
  );
}

function unreadable(facts: Schema): HTMLElement {
  return h("div", {}, h("p", { class: "at-fault" }, said(facts.fault)), h("pre", {}, facts.raw));
}
