/** What stands above a column: name, type, and a small picture of what is in it. */

import { h, said, svg, SUPPRESS } from "../dom";
import type { Bars, GridColumn, Header } from "./wire";

const WIDTH = 96;
const HEIGHT = 20;

export type Order = "" | "up" | "down";

export class Head {
  readonly element: HTMLElement;
  readonly #name: HTMLButtonElement;
  readonly #type: HTMLElement;
  readonly #plot = h("div", { class: "at-headplot" });
  readonly #mark = h("span", { class: "at-order", "aria-hidden": "true" });

  constructor(
    readonly column: GridColumn,
    sort: () => void,
  ) {
    this.#name = h(
      "button",
      { type: "button", class: "at-name", title: column.name, ...SUPPRESS },
      said(column.name),
      this.#mark,
    );
    this.#name.disabled = true;
    this.#name.addEventListener("click", sort);
    this.#type = h("small", {}, said(column.type || "\u00a0"));
    this.element = h(
      "div",
      { class: `at-headcell${numeric(column) ? " at-num" : ""}` },
      this.#name,
      this.#type,
      this.#plot,
    );
  }

  sortable(can: boolean): void {
    this.#name.disabled = !can;
    if (can) this.#name.title = `${this.column.name}: sort`;
  }

  ordered(order: Order): void {
    this.#mark.textContent = { "": "", up: " ↑", down: " ↓" }[order];
  }

  show(header: Header): void {
    this.#type.replaceChildren(said(header.type || "\u00a0"));
    this.#type.title = header.type;
    this.#plot.replaceChildren(
      header.bars ? bars(header.bars, header.note) : header.top.length ? top(header) : note(header),
    );
  }
}

export function numeric({ kind }: GridColumn): boolean {
  return kind === "number";
}

function note(header: Header): HTMLElement {
  return h("small", { title: header.note }, said(header.note || "\u00a0"));
}

function bars({ counts, low, high }: Bars, more: string): SVGElement {
  const most = Math.max(1, ...counts);
  const step = WIDTH / counts.length;
  const label = [`${low} to ${high}`, more].filter(Boolean).join(", ");
  return svg(
    "svg",
    { class: "at-bars", width: WIDTH, height: HEIGHT, role: "img", "aria-label": label },
    svg("title", {}, label),
    ...counts.map((n, i) => {
      const tall = n === 0 ? 0 : Math.max(1, (n / most) * HEIGHT);
      return svg("rect", {
        x: (i * step).toFixed(1),
        y: (HEIGHT - tall).toFixed(1),
        width: Math.max(step - 1, 0.8).toFixed(1),
        height: tall.toFixed(1),
      });
    }),
  );
}

/** The most frequent values: a bar in parts, and the first by name. */
function top(header: Header): HTMLElement {
  const label = header.top
    .map(([value, share]) => `${value} ${Math.round(100 * share)} %`)
    .join(", ");
  const [first] = header.top;
  return h(
    "div",
    { class: "at-top", title: `${label} · ${header.note}` },
    h(
      "span",
      { class: "at-shares", "aria-hidden": "true" },
      ...header.top.map(([, share]) => {
        const part = h("i", {});
        part.style.width = `${(100 * share).toFixed(1)}%`;
        return part;
      }),
    ),
    h("small", {}, first ? said(first[0]) : "", first ? ` ${Math.round(100 * first[1])} %` : ""),
  );
}
