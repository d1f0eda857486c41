/**
 * A table of samples. This module alone knows how rows arrive and how they are drawn: whoever
 * sends them as Arrow, or draws only those in view, changes `samples` and nothing around it.
 */

import { cell } from "./cell";
import type { Answer } from "./channel";
import { h, said } from "./dom";
import { bars } from "./plots";
import { empty } from "./states";
import type { Cell, Column, Table } from "./wire";

export function samples({ value: table, buffers }: Answer<Table>): HTMLElement {
  const faults = table.faults.map((fault) => h("p", { class: "at-fault" }, said(fault)));
  const body = table.rows.length
    ? h(
        "div",
        {
          class: "at-grid",
          tabindex: "0",
          "data-lm-suppress-shortcuts": "true",
          role: "region",
          "aria-label": "Samples",
        },
        h(
          "table",
          { class: table.rows.some(drawn) ? "" : "at-compact" },
          head(table.columns),
          h("tbody", {}, ...table.rows.map((row, i) => line(row, i, table, buffers))),
        ),
      )
    : empty(table.faults.length ? "No sample could be read." : "This dataset has no samples.");
  return h("div", { class: "at-samples" }, body, foot(table, faults));
}

function head(columns: Column[]): HTMLElement {
  const cells = columns.map((column) =>
    h(
      "th",
      { scope: "col", class: column.numeric ? "at-num" : "" },
      said(column.name),
      h("small", {}, column.type || "\u00a0"),
      column.histogram ? bars(column.histogram) : h("small", {}, said(column.note || "\u00a0")),
    ),
  );
  return h(
    "thead",
    {},
    h("tr", {}, h("th", { scope: "col", "aria-label": "row" }), ...cells, filler("th")),
  );
}

function drawn(row: Cell[]): boolean {
  return row.some(({ picture, curve }) => picture !== undefined || curve !== undefined);
}

/** Takes the width that the columns do not need, so that they stay together. */
function filler(tag: "td" | "th"): HTMLElement {
  return h(tag, { class: "at-filler", "aria-hidden": "true" });
}

function line(row: Cell[], place: number, table: Table, buffers: readonly DataView[]): HTMLElement {
  const cells = row.map((value, i) =>
    h("td", { class: table.columns[i]?.numeric ? "at-num" : "" }, cell(value, buffers)),
  );
  return h("tr", {}, h("td", { class: "at-row" }, `${place}`), ...cells, filler("td"));
}

function foot(table: Table, faults: HTMLElement[]): HTMLElement {
  const plots = table.columns.some((column) => column.histogram);
  const basis = table.rows.length && plots ? " · bars show these samples" : "";
  const caption = h("span", {}, table.rows.length ? `${table.caption}${basis}` : "\u00a0");
  return h("footer", { class: "at-foot" }, ...faults, caption);
}
