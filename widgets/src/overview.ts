/** The overview of a dataset: what it is, where it is, whether to trust it, and how to load it. */

import { badge, type Checker } from "./check";
import { code } from "./copying";
import { h, said } from "./dom";
import { pairs, section } from "./facts";
import { count } from "./format";
import type { Overview } from "./wire";

export function overview(
  facts: Overview,
  checker: Checker,
  go: (target: string) => void,
): HTMLElement {
  const steps = h("div", {});
  checker.hear((state) => {
    const lines = state.steps.map(([what, good, why]): [string, string] => [
      what,
      `${good === null ? "–" : good ? "✓" : "✗"} ${why}`,
    ]);
    steps.replaceChildren(...(lines.length ? [pairs(lines)] : []));
  });
  return h(
    "div",
    { class: "at-page" },
    // The line above the tabs has said a short one already.
    LONG.test(facts.description) && h("p", {}, said(facts.description)),
    pairs([...facts.facts, ["place", `${facts.place}, ${count(facts.shardCount, "shard")}`]], go),
    section("Load it", code(facts.code)),
    section("Trust", h("div", {}, badge(checker), steps)),
    facts.metadata.length > 0 && section("Metadata", pairs(facts.metadata)),
  );
}

const LONG = /\n|.{60}/;
