/** The schema that was inferred from data, as a table to rename, retype and drop fields in. */

import { h, said, SUPPRESS } from "../dom";
import type { Column, ColumnChoice } from "./wire";

export class Columns {
  readonly element: HTMLElement;
  readonly #choices: ColumnChoice[];

  constructor(
    columns: Column[],
    private readonly changed: () => void,
  ) {
    this.#choices = columns.map(({ source, name, type, optional, keep }) => ({
      source,
      name,
      type,
      optional,
      keep,
    }));
    const rows = columns.map((column, place) => this.#row(column, this.#choices[place]!));
    const titles = ["keep", "column", "field", "type", "may be missing", "example"];
    this.element = h(
      "section",
      { class: "at-columns", "aria-label": "Schema" },
      h("h4", {}, "Schema, as it was found; change what is not right"),
      h(
        "div",
        { class: "at-scroll" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)))),
          h("tbody", {}, ...rows),
        ),
      ),
    );
  }

  get choices(): ColumnChoice[] {
    return this.#choices.map((choice) => ({ ...choice }));
  }

  #row(column: Column, choice: ColumnChoice): HTMLElement {
    const of = (what: string) => ({ "aria-label": `${what} of ${column.source}`, ...SUPPRESS });
    const keep = h("input", { type: "checkbox", ...of("keep") });
    keep.checked = choice.keep;
    const name = h("input", { type: "text", spellcheck: "false", autocomplete: "off", ...of("name") });
    name.value = choice.name;
    const type = h("select", of("type"), ...column.types.map((one) => h("option", { value: one }, one)));
    type.value = choice.type;
    type.disabled = column.types.length < 2;
    const optional = h("input", { type: "checkbox", ...of("may be missing:") });
    optional.checked = choice.optional;
    const row = h(
      "tr",
      {},
      h("td", {}, keep),
      h("td", {}, said(column.source), column.note && h("small", {}, said(column.note))),
      h("td", {}, name),
      h("td", {}, type),
      h("td", {}, optional),
      h("td", { class: "at-dim" }, said(column.example)),
    );
    const edited = () => {
      choice.keep = keep.checked;
      choice.name = name.value;
      choice.type = type.value;
      choice.optional = optional.checked;
      row.classList.toggle("at-dropped", !choice.keep);
      name.disabled = optional.disabled = !choice.keep;
      type.disabled = !choice.keep || column.types.length < 2;
      this.changed();
    };
    for (const control of [keep, name, type, optional]) control.addEventListener("input", edited);
    return row;
  }
}
