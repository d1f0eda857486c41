/** A schema: its fields, what changed since another version, and the lenses that lead on. */

import { diff } from "./diff";
import { button, h, said, SUPPRESS } from "./dom";
import { section } from "./facts";
import { count } from "./format";
import { picture } from "./picture";
import { failed, loading } from "./states";
import type { Schema, SchemaField } from "./wire";
import type { Diff, SchemaTab } from "./wire_browser";

export interface SchemaEvents {
  /** Ask what changed from another version. */
  compare(other: string): Promise<Diff>;
  go(ref: string): void;
}

export function schema(facts: SchemaTab, events: SchemaEvents): HTMLElement {
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
    facts.versions.length > 1 && section("Versions", versions(facts, events)),
    facts.picture && section("Lenses", lenses(facts, events)),
  );
}

function fields(facts: Schema): HTMLElement {
  const names = ["field", "type", "default", "description"];
  const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));
  return h(
    "div",
    { class: "at-scroll" },
    h("table", {}, h("thead", {}, head), h("tbody", {}, ...facts.fields.map(field))),
    facts.leftOut > 0 && h("small", {}, count(facts.leftOut, "further field")),
  );
}

function field(facts: SchemaField): HTMLElement {
  const name = h("td", {}, said(facts.name));
  if (facts.depth) name.style.paddingLeft = `${facts.depth * 16}px`;
  return h(
    "tr",
    {},
    name,
    h("td", { class: "at-type" }, said(facts.type)),
    h("td", { class: "at-type" }, said(facts.default)),
    h("td", {}, said(facts.description)),
  );
}

function unreadable(facts: Schema): HTMLElement {
  return h("div", {}, h("p", { class: "at-fault" }, said(facts.fault)), h("pre", {}, facts.raw));
}

/** The versions, each leading to its schema, and what changed since one of them. */
function versions(facts: SchemaTab, events: SchemaEvents): HTMLElement {
  const others = facts.versions.filter(([ref]) => ref !== facts.ref);
  const options = others.map(([ref, version]) => h("option", { value: ref }, version));
  const none = h("option", { value: "" }, "nothing");
  const pick = h("select", { "aria-label": "Compare with", ...SUPPRESS }, none, ...options);
  const place = h("div", {});
  const compare = (): void => {
    const other = pick.value;
    if (!other) return place.replaceChildren();
    place.replaceChildren(loading("changes", compare));
    events.compare(other).then(
      (told) => pick.value === other && place.replaceChildren(diff(told)),
      (error: unknown) => {
        place.replaceChildren(failed("These two cannot be compared.", error, compare));
      },
    );
  };
  pick.addEventListener("change", compare);
  const list = facts.versions.map(([ref, version]) =>
    ref === facts.ref ? h("b", {}, version) : button(version, () => events.go(ref), { class: "at-link" }),
  );
  const line = h("div", { class: "at-line" }, ...list, h("label", {}, "compare with ", pick));
  return h("div", {}, line, place);
}

function lenses(facts: SchemaTab, events: SchemaEvents): HTMLElement {
  const lines = facts.lenses.map(([name, from, to, out]) =>
    h(
      "tr",
      {},
      h("td", {}, said(name)),
      h("td", {}, out ? "leads to" : "comes from"),
      h("td", {}, said(out ? to : from)),
    ),
  );
  const drawn = h("div", { class: "at-scroll" });
  if (facts.picture) drawn.append(picture(facts.picture, facts.ref, (ref) => events.go(ref)));
  return h("div", {}, drawn, h("table", { class: "at-pairs" }, h("tbody", {}, ...lines)));
}
