/** The right side: the chosen dataset, its facts above, one of three tabs below. */

import type { Answer, Channel } from "./channel";
import { Lane } from "./channel";
import { button, h, said, SUPPRESS } from "./dom";
import { overview } from "./overview";
import { samples } from "./samples";
import { schema } from "./schema";
import { empty, failed, loading } from "./states";
import type { Item, Requests } from "./wire";

export const TABS = ["overview", "schema", "samples"] as const;
export type Tab = (typeof TABS)[number];

const PAGES: { [T in Tab]: (answer: Answer<Requests[T]["answer"]>) => HTMLElement } = {
  overview: ({ value }) => overview(value),
  schema: ({ value }) => schema(value),
  samples,
};

export class Detail {
  readonly element = h("div", { class: "at-main" });
  readonly #head = h("header", { class: "at-head" });
  readonly #tabs = new Map<Tab, HTMLButtonElement>();
  readonly #panel = h("div", { class: "at-panel", role: "tabpanel" });
  readonly #lane = new Lane();
  readonly #headLane = new Lane();
  #tab: Tab = "samples";
  #key = "";

  constructor(
    private readonly channel: Channel,
    private readonly turned: (tab: Tab) => void,
  ) {
    for (const tab of TABS) this.#tabs.set(tab, this.#tabButton(tab));
  }

  /** Nothing is chosen. */
  rest(total: number | null): void {
    if (this.#key) return;
    const many =
      total === null ? "" : `${total.toLocaleString("en-US")} dataset${total === 1 ? "" : "s"}. `;
    const keys = h(
      "span",
      {},
      h("kbd", {}, "/"),
      " search  ",
      h("kbd", {}, "↑"),
      " ",
      h("kbd", {}, "↓"),
      " move  ",
      h("kbd", {}, "Enter"),
      " open",
    );
    this.element.replaceChildren(
      empty(
        total === 0
          ? "There is nothing to look into yet."
          : `${many}Choose one to see what is in it.`,
        total === 0 ? "" : keys,
      ),
    );
  }

  clear(total: number | null): void {
    this.#key = "";
    this.#lane.take();
    this.rest(total);
  }

  open(key: string, item: Item | undefined): void {
    this.#key = key;
    const nav = h("nav", { class: "at-tabs", role: "tablist" }, ...this.#tabs.values());
    this.element.replaceChildren(this.#head, nav, this.#panel);
    this.#headline(item);
    this.#load();
  }

  turn(tab: Tab): void {
    if (tab === this.#tab) return;
    this.#tab = tab;
    if (this.#key) this.#load();
  }

  #headline(item: Item | undefined): void {
    const valid = this.#headLane.take();
    if (item) return this.#head.replaceChildren(...headline(item));
    this.#head.replaceChildren(h("h3", {}, "\u00a0"), h("div", { class: "at-facts" }, "\u00a0"));
    // Chosen in the kernel, so not necessarily in the list; a failure is said by the panel.
    this.channel.ask("overview", { key: this.#key }).then(
      ({ value }) => valid() && this.#head.replaceChildren(...headline(value.item)),
      () => undefined,
    );
  }

  #load(): void {
    this.#mark();
    const tab = this.#tab;
    const retry = () => this.#load();
    const valid = this.#lane.take();
    this.#panel.replaceChildren(loading(tab, retry));
    this.#show(tab).then(
      (page) => valid() && this.#panel.replaceChildren(page),
      (error: unknown) =>
        valid() && this.#panel.replaceChildren(failed(TROUBLE[tab], error, retry)),
    );
  }

  async #show<T extends Tab>(tab: T): Promise<HTMLElement> {
    return PAGES[tab](await this.channel.ask(tab, { key: this.#key } as Requests[T]["ask"]));
  }

  #mark(): void {
    for (const [tab, element] of this.#tabs) {
      element.setAttribute("aria-selected", `${tab === this.#tab}`);
      element.tabIndex = tab === this.#tab ? 0 : -1;
    }
    this.#panel.setAttribute("aria-label", TITLE[this.#tab]);
  }

  #tabButton(tab: Tab): HTMLButtonElement {
    const element = button(TITLE[tab], () => this.#turnTo(tab), { role: "tab", ...SUPPRESS });
    element.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = by && TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length];
      if (!next) return;
      this.#turnTo(next);
      this.#tabs.get(next)?.focus();
      event.preventDefault();
    });
    return element;
  }

  #turnTo(tab: Tab): void {
    this.turn(tab);
    this.turned(tab);
  }
}

const TITLE: Record<Tab, string> = { overview: "Overview", schema: "Schema", samples: "Samples" };

const TROUBLE: Record<Tab, string> = {
  overview: "This dataset's record cannot be read.",
  schema: "The schema cannot be read.",
  samples: "The samples cannot be read.",
};

function headline(item: Item): HTMLElement[] {
  const about = item.fault || item.about.split("\n")[0] || "";
  const parts = [about, item.extent, item.license, item.tags.join(", ")].filter(Boolean);
  const kind = (part: string) =>
    part === item.fault ? "at-fault" : part === about ? "at-about" : "";
  const facts = parts.map((part) => said(part, { class: kind(part) }));
  return [
    h(
      "h3",
      {},
      said(item.name),
      " ",
      h("small", {}, said([item.version, item.schema].filter(Boolean).join(" · "))),
    ),
    h("div", { class: "at-facts" }, ...facts),
  ];
}
