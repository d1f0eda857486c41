/** The form: what is asked before something is published, each with what to know of it. */

import { freshId, h, SUPPRESS } from "../dom";
import type { Asker } from "./asker";
import { LicenseField } from "./license";
import type { Field, Values } from "./wire";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface Row {
  field: Field;
  label: HTMLElement;
  place: HTMLElement;
  control: Control;
  hint: HTMLElement;
}

export class Form {
  readonly element: HTMLElement;
  readonly #rows: Row[];
  readonly #prefix = freshId("form");

  constructor(
    fields: Field[],
    private readonly asker: Asker,
    private readonly changed: () => void,
  ) {
    this.#rows = fields.map((field) => this.#row(field));
    const [plain, folded] = [false, true].map((isFolded) =>
      this.#rows
        .filter(({ field }) => field.folded === isFolded)
        .flatMap(({ label, place }) => [label, place]),
    ) as [HTMLElement[], HTMLElement[]];
    const more =
      folded.length > 0 &&
      h(
        "details",
        { class: "at-further-form" },
        h("summary", { ...SUPPRESS }, "more"),
        h("div", { class: "at-form" }, ...folded),
      );
    this.element = h("div", { class: "at-forms" }, h("div", { class: "at-form" }, ...plain), more);
    this.#refresh();
  }

  get values(): Values {
    const shown = this.#rows.filter((row) => !row.place.hidden);
    return Object.fromEntries(shown.map(({ field, control }) => [field.name, control.value]));
  }

  /** Names of the fields beside which a warning stands. */
  get warned(): Set<string> {
    const warned = this.#rows.filter(({ field, control }) => field.empty && !control.value.trim());
    return new Set(warned.map(({ field }) => field.name));
  }

  #row(field: Field): Row {
    const id = `${this.#prefix}-${field.name}`;
    const hint = h("div", { class: "at-hint", id: `${id}-hint` });
    const { control, element } = this.#control(field, id);
    control.setAttribute("aria-describedby", hint.id);
    control.addEventListener("input", () => this.#edited());
    const place = h("div", { class: "at-field" }, element, hint);
    return { field, label: h("label", { for: id }, field.label), place, control, hint };
  }

  #control(field: Field, id: string): { control: Control; element: HTMLElement } {
    const named = { id, ...SUPPRESS };
    if (field.kind === "license") {
      const license = new LicenseField(this.asker, named, field.value, () => this.#edited());
      return { control: license.input, element: license.element };
    }
    const control =
      field.kind === "choice" ? choice(field, named) : text(field, named, field.kind === "area");
    return { control, element: control };
  }

  #edited(): void {
    this.#refresh();
    this.changed();
  }

  #refresh(): void {
    const values = new Map(this.#rows.map(({ field, control }) => [field.name, control.value]));
    for (const { field, label, place, control, hint } of this.#rows) {
      const isShown = !field.shownFor || values.get(field.shownFor[0]) === field.shownFor[1];
      label.hidden = place.hidden = !isShown;
      const isEmpty = !control.value.trim();
      const warns = isEmpty && field.empty !== "";
      hint.textContent = warns ? field.empty : field.hint;
      hint.classList.toggle("at-fault", warns);
      control.classList.toggle("at-wanting", warns);
    }
  }
}

function text(field: Field, named: Record<string, string>, isLong: boolean): Control {
  const common = { ...named, placeholder: field.placeholder, spellcheck: isLong ? "true" : "false" };
  const control = isLong
    ? h("textarea", { ...common, rows: "2" })
    : h("input", { ...common, type: "text", autocomplete: "off" });
  control.value = field.value;
  return control;
}

function choice(field: Field, named: Record<string, string>): HTMLSelectElement {
  const options = field.options.map(([value, label]) => h("option", { value }, label));
  const control = h("select", named, ...options);
  control.value = field.value;
  return control;
}
