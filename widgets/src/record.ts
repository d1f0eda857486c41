/** A record as it is stored; addresses in it lead on, within the widget. */

import { link, LOCAL, NETWORK } from "./address";
import { button, h, said } from "./dom";
import { pairs } from "./facts";
import type { RecordTold, Repo, Tree } from "./wire_browser";

export function record(told: RecordTold, go: (target: string) => void): HTMLElement {
  const way = (target: string): void => go(target);
  const follow = (text: string): Node =>
    (NETWORK.test(text) && told.follows) || LOCAL.test(text) ? link(text, way) : said(text);
  return h(
    "div",
    { class: "at-page" },
    pairs(told.facts),
    h("pre", { class: "at-json", tabindex: "0" }, ...tree(told.tree, "", follow)),
  );
}

/** Whose a repository is, and the datasets in it. */
export function repo(told: Repo, open: (key: string) => void): HTMLElement {
  const lines = told.datasets.map(([key, name]) =>
    h("div", {}, button(name, () => open(key), { class: "at-link" })),
  );
  return h(
    "div",
    { class: "at-page" },
    h("div", { class: "at-title" }, h("b", {}, said(told.name))),
    pairs(told.facts),
    h("h4", {}, lines.length ? "Datasets" : "No datasets"),
    ...lines,
  );
}

/** A tree as indented JSON. */
function tree(node: Tree, indent: string, follow: (text: string) => Node): (Node | string)[] {
  const [kind, value] = node;
  if (kind === "v") return [h("i", {}, value)];
  if (kind === "s") return ['"', follow(value), '"'];
  const deeper = `${indent}  `;
  const [open, close] = kind === "o" ? ["{", "}"] : ["[", "]"];
  const parts =
    kind === "o"
      ? value.map(([name, inner]) => [
          h("b", {}, said(name)),
          ": ",
          ...tree(inner, deeper, follow),
        ])
      : value.map((inner) => tree(inner, deeper, follow));
  if (node[2] > 0) parts.push([`… ${node[2].toLocaleString("en-US")} more`]);
  if (!parts.length) return [open + close];
  const lines = parts.flatMap((part, i) => [
    `\n${deeper}`,
    ...part,
    i < parts.length - 1 ? "," : "",
  ]);
  return [open, ...lines, `\n${indent}`, close];
}
