/** The overview of a dataset: what it is, where it is, and how to load it. */

import { button, h, said } from "./dom";
import { count } from "./format";
import type { Overview } from "./wire";

export function overview(facts: Overview): HTMLElement {
  return h(
    "div",
    { class: "at-page" },
    // The line above the tabs has said a short one already.
    LONG.test(facts.description) && h("p", {}, said(facts.description)),
    pairs([...facts.facts, ["place", `${facts.place}, ${count(facts.shardCount, "shard")}`]]),
    section("Load it", code(facts.code)),
    facts.metadata.length > 0 && section("Metadata", pairs(facts.metadata)),
    facts.shards.length > 0 && section("Shards", shards(facts)),
  );
}

const LONG = /\n|.{60}/;

function section(title: string, body: HTMLElement): HTMLElement {
  return h("section", {}, h("h4", {}, title), body);
}

function pairs(rows: [string, string][]): HTMLElement {
  const lines = rows.map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, said(name)), h("td", {}, said(value))),
  );
  return h("table", { class: "at-pairs" }, h("tbody", {}, ...lines));
}

function code(text: string): HTMLElement {
  const copy = button("Copy", () => {
    // Without permission for the clipboard the lines can still be selected by hand.
    navigator.clipboard?.writeText(text).then(
      () => (copy.textContent = "Copied"),
      () => (copy.textContent = "Select and copy by hand"),
    );
  });
  return h("div", { class: "at-code" }, h("pre", {}, text), copy);
}

function shards(facts: Overview): HTMLElement {
  const rest = facts.shardCount - facts.shards.length;
  const lines = facts.shards.map((name) => h("div", {}, said(name)));
  return h(
    "div",
    { class: "at-dim" },
    ...lines,
    rest > 0 && h("div", {}, `… ${rest.toLocaleString("en-US")} more`),
  );
}
