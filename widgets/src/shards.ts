/** The shards of a dataset: where each is, how large, and whether it is as it was written. */

import { badge, type Checker } from "./check";
import { button, h, said } from "./dom";
import { count } from "./format";
import { empty } from "./states";
import type { ShardRow, Shards } from "./wire_browser";

export const SHARD_PAGE = 200;

export class ShardTable {
  readonly element: HTMLElement;
  readonly #body = h("tbody", {});
  readonly #foot = h("footer", { class: "at-foot" });
  #drawn = 0;

  constructor(
    first: Shards,
    checker: Checker,
    private readonly ask: (offset: number) => Promise<Shards>,
  ) {
    const names = ["name", "place", "samples", "size", "checksum"];
    const head = names.map((name) =>
      h("th", { scope: "col", class: NUMBERS.has(name) ? "at-num" : "" }, name),
    );
    const table = h("table", {}, h("thead", {}, h("tr", {}, ...head)), this.#body);
    const bar = h("div", { class: "at-bar" }, badge(checker));
    const grid = h("div", { class: "at-shards", tabindex: "0", "aria-label": "Shards" }, table);
    this.element = first.total
      ? h("div", { class: "at-samples" }, bar, grid, this.#foot)
      : empty("This dataset has no shards.");
    this.#put(first);
    let before = checker.state;
    checker.hear((state) => {
      if (state.done !== before.done || state.state !== before.state) this.#again();
      before = state;
    });
  }

  #put(page: Shards): void {
    const rows = page.shards.map(row);
    for (const [i, one] of rows.entries()) {
      const there = this.#body.children[page.offset + i];
      if (there) there.replaceWith(one);
      else this.#body.append(one);
    }
    this.#drawn = Math.max(this.#drawn, page.offset + rows.length);
    const rest = page.total - this.#drawn;
    const more = button(`Show ${Math.min(rest, SHARD_PAGE).toLocaleString("en-US")} more`, () =>
      this.#ask(this.#drawn),
    );
    const shown = rest > 0 ? `first ${this.#drawn.toLocaleString("en-US")} of ` : "";
    this.#foot.replaceChildren(shown + count(page.total, "shard"), ...(rest > 0 ? [" ", more] : []));
  }

  /** What is known of the drawn shards has changed. */
  #again(): void {
    for (let offset = 0; offset < this.#drawn; offset += SHARD_PAGE) this.#ask(offset);
  }

  #ask(offset: number): void {
    this.ask(offset).then(
      (page) => this.#put(page),
      // What is drawn stays; the badge above says what went wrong.
      () => undefined,
    );
  }
}

const NUMBERS = new Set(["samples", "size"]);

function row(shard: ShardRow): HTMLElement {
  return h(
    "tr",
    {},
    h("td", {}, said(shard.name)),
    h("td", {}, said(shard.place)),
    h("td", { class: "at-num" }, shard.samples),
    h("td", { class: "at-num" }, shard.size),
    h("td", { title: shard.why }, sum(shard)),
  );
}

function sum(shard: ShardRow): HTMLElement {
  if (shard.good === true) return h("span", { class: "at-good" }, "✓ as written");
  if (shard.good === false) {
    return h("span", {}, h("span", { class: "at-bad-word" }, "✗ "), said(shard.why));
  }
  if (shard.good === null) return h("span", { class: "at-dim" }, "– readable, none recorded");
  return h("span", { class: "at-dim" }, shard.sum ? `sha256 ${shard.sum}…` : "none recorded");
}
