/** Facets: by what the list can be narrowed down, with how many datasets would be left. */

import { button, h, SUPPRESS } from "./dom";
import type { Facets, Kind, Tally } from "./wire_browser";

const TITLES: Record<Exclude<Kind, "place">, string> = {
  schema: "any schema",
  tag: "any tag",
  license: "any license",
};
const CHOICES = ["schema", "tag", "license"] as const;
const PLACES = ["local", "s3", "network"];

export class FacetBar {
  readonly element: HTMLElement;
  readonly #places = h("div", {
    class: "at-places",
    role: "radiogroup",
    "aria-label": "Where it lives",
  });
  readonly #more: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #selects = new Map<Kind, HTMLSelectElement>();
  #facets: Facets = {};
  #tally: Tally | undefined;

  constructor(private readonly changed: (facets: Facets) => void) {
    for (const kind of CHOICES) this.#selects.set(kind, this.#select(kind));
    this.#more = h("div", { class: "at-choices" }, ...this.#selects.values());
    this.#toggle = button("filter", () => this.#open(this.#more.hidden), {
      class: "at-more",
      "aria-label": "Filter by schema, tag and license",
    });
    this.#open(false);
    const places = h("div", { class: "at-facets" }, this.#places, this.#toggle);
    this.element = h("div", {}, places, this.#more);
    this.#draw();
  }

  /** Show what is chosen; counts of before stay until there are others. */
  choose(facets: Facets): void {
    this.#facets = facets;
    if (CHOICES.some((kind) => facets[kind])) this.#open(true);
    this.#draw();
  }

  count(tally: Tally): void {
    this.#tally = tally;
    this.#draw();
  }

  #draw(): void {
    const counts = new Map(this.#tally?.counts.place.map(([value, , number]) => [value, number]));
    const shown = PLACES.filter((place) => counts.has(place) || place === this.#facets.place);
    const held = this.#places.contains(document.activeElement);
    const total = this.#tally && this.#tally.done ? this.#tally.total : null;
    const chips = [this.#place("", "all", shown.length ? undefined : (total ?? undefined))];
    for (const place of shown) chips.push(this.#place(place, place, counts.get(place)));
    this.#places.replaceChildren(...chips);
    if (held) this.#places.querySelector<HTMLElement>("[aria-checked=true]")?.focus();
    for (const [kind, select] of this.#selects) this.#fill(kind, select);
  }

  #place(value: string, label: string, number: number | undefined): HTMLElement {
    const chosen = (this.#facets.place ?? "") === value;
    const text = number === undefined ? label : `${label} ${number.toLocaleString("en-US")}`;
    const chip = button(text, () => this.#set("place", value), {
      role: "radio",
      "aria-checked": `${chosen}`,
      tabindex: chosen ? "0" : "-1",
    });
    chip.addEventListener("keydown", (event) => this.#step(event, chip));
    return chip;
  }

  #step(event: KeyboardEvent, chip: HTMLElement): void {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const chips = [...this.#places.children];
    const next = chips[(chips.indexOf(chip) + by + chips.length) % chips.length];
    event.preventDefault();
    (next as HTMLElement).focus();
    (next as HTMLElement).click();
  }

  #select(kind: Exclude<Kind, "place">): HTMLSelectElement {
    const select = h("select", { "aria-label": kind, ...SUPPRESS });
    select.addEventListener("change", () => this.#set(kind, select.value));
    return select;
  }

  #fill(kind: Kind, select: HTMLSelectElement): void {
    if (kind === "place") return;
    const chosen = this.#facets[kind] ?? "";
    const values = this.#tally?.counts[kind] ?? [];
    const options = values.map(([value, label, number]) =>
      h("option", { value }, `${label} (${number.toLocaleString("en-US")})`),
    );
    if (chosen && !values.some(([value]) => value === chosen))
      options.unshift(h("option", { value: chosen }, chosen));
    select.replaceChildren(h("option", { value: "" }, TITLES[kind]), ...options);
    select.value = chosen;
    select.classList.toggle("at-on", chosen !== "");
  }

  #set(kind: Kind, value: string): void {
    const { [kind]: _, ...others } = this.#facets;
    this.choose(value ? { ...others, [kind]: value } : others);
    this.changed(this.#facets);
  }

  #open(open: boolean): void {
    this.#more.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", `${open}`);
  }
}
