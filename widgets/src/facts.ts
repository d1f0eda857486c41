/** Facts: sections, and tables of names and values. */

import { address } from "./address";
import { h, said } from "./dom";

export function section(title: string, body: HTMLElement): HTMLElement {
  return h("section", {}, h("h4", {}, title), body);
}

/** A table of names and values; addresses among them lead on where there is a way to follow. */
export function pairs(rows: [string, string][], go?: (target: string) => void): HTMLElement {
  const lines = rows.map(([name, value]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, said(name)),
      h("td", {}, go ? address(value, go) : said(value)),
    ),
  );
  return h("table", { class: "at-pairs" }, h("tbody", {}, ...lines));
}
