/** What came of a run: where it is, how to load it, whether it was verified. */

import { h, said, SUPPRESS } from "../dom";
import { copyButton } from "./copy";
import type { Looked, Plan, Result } from "./wire";

export function resultView(result: Result, kind: Plan["kind"]): HTMLElement {
  const rows = [
    row(kind === "promote" ? "address" : "listed as", said(result.uri, { class: "at-type" }), copyButton("Copy", () => result.uri)),
    result.url && row("look at it", link(result.url)),
    row("load it", h("code", {}, result.code), copyButton("Copy code", () => result.code)),
    result.sent && row(kind === "promote" ? "sent" : "written", result.sent),
    result.verdict && row("proof", verdict(result.verdict)),
  ];
  return h(
    "div",
    { class: "at-result" },
    h("p", { class: "at-good", role: "status" }, `✓ ${result.title}`),
    h("table", { class: "at-pairs" }, h("tbody", {}, ...rows)),
  );
}

function row(word: string, value: Node | string, action: Node | "" = ""): HTMLElement {
  return h("tr", {}, h("th", { scope: "row" }, word), h("td", {}, value), h("td", {}, action));
}

function link(url: string): HTMLElement {
  // Whatever a server calls its address: only what a browser may open is made a link.
  if (!/^https?:\/\//.test(url)) return said(url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, said(url));
}

function verdict(told: NonNullable<Result["verdict"]>): HTMLElement {
  const steps = told.steps.map((step) => h("li", {}, outcome(step), ` ${step.what}: `, said(step.why)));
  return h(
    "details",
    {},
    h("summary", { ...SUPPRESS }, outcome(told), ` ${told.what} `, h("small", {}, told.extent)),
    h("ul", { class: "at-proof" }, ...steps),
  );
}

function outcome(looked: Looked): HTMLElement {
  return h("b", { class: looked.state ? `at-${looked.state}` : "" }, looked.sign);
}
