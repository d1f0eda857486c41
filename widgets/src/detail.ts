/** The right side: the chosen dataset, its facts above, one of five tabs below. */

import { FACES } from "./actions";
import type { Channel } from "./channel";
import { Lane } from "./channel";
import { Checker } from "./check";
import { copied } from "./copying";
import { button, h } from "./dom";
import { SamplesPanel } from "./grid/panel";
import { Head } from "./head";
import { overview } from "./overview";
import { patiently } from "./patience";
import { record, repo } from "./record";
import { schema } from "./schema";
import { SHARD_PAGE, ShardTable } from "./shards";
import { empty, failed, loading } from "./states";
import { Tabs } from "./tabs";
import type { Item, Overview } from "./wire";
import type { Followed } from "./wire_browser";

const TITLES = {
  overview: "Overview",
  schema: "Schema",
  samples: "Samples",
  shards: "Shards",
  record: "Record",
};
export type Tab = keyof typeof TITLES;
export const TABS = Object.keys(TITLES) as Tab[];
/** A schema on its own has no data. */
const OF_SCHEMAS: readonly Tab[] = ["schema", "record"];

const TROUBLE: Record<Tab, string> = {
  overview: "This dataset's record cannot be read.",
  schema: "The schema cannot be read.",
  samples: "The samples cannot be read.",
  shards: "The shards cannot be listed.",
  record: "The record cannot be read.",
};

export interface DetailEvents {
  turned(tab: Tab): void;
  /** Something else than what is chosen was asked for. */
  choose(key: string): void;
  /** Escape was pressed. */
  leave(): void;
}

export class Detail {
  readonly element = h("div", { class: "at-main" });
  readonly #head: Head;
  readonly #tabs: Tabs<Tab>;
  readonly #panel = h("div", { class: "at-panel", role: "tabpanel" });
  readonly #lane = new Lane();
  readonly #chosenLane = new Lane();
  readonly #back = h("div", { class: "at-back" });
  /** Keys that were left by following an address, newest last. */
  readonly #trail: string[] = [];
  #tab: Tab = "samples";
  #key = "";
  #checker: Checker | undefined;
  #panelOf: SamplesPanel | undefined;
  #endAction: () => void = () => undefined;

  constructor(
    private readonly channel: Channel,
    private readonly events: DetailEvents,
  ) {
    this.#head = new Head({
      copy: (one) => this.#copy(one),
      version: (key) => this.events.choose(key),
      act: (name) => this.#act(name),
    });
    this.#tabs = new Tabs(TITLES, (tab) => this.#turnTo(tab));
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      this.events.leave();
    });
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
    this.#trail.length = 0;
    this.#lane.take();
    this.#chosenLane.take();
    this.#checker?.end();
    this.rest(total);
  }

  open(key: string, item: Item | undefined): void {
    this.#endAction();
    this.#key = key;
    this.#checker?.end();
    this.#checker = new Checker(this.channel, key);
    this.element.replaceChildren(this.#head.element, this.#back, this.#tabs.element, this.#panel);
    this.#drawBack();
    this.#introduce(key, item);
    this.#load();
  }

  turn(tab: Tab): void {
    if (tab === this.#tab) return;
    this.#tab = tab;
    if (this.#key) this.#load();
  }

  end(): void {
    this.#lane.take();
    this.#chosenLane.take();
    this.#checker?.end();
    this.#panelOf?.destroy();
    this.#endAction();
  }

  get #isSchema(): boolean {
    return this.#key.startsWith("schema-");
  }

  /** Fill the head: first with what the list has said, then with what the kernel adds. */
  #introduce(key: string, item: Item | undefined): void {
    const valid = this.#chosenLane.take();
    const checker = this.#isSchema ? undefined : this.#checker;
    this.#head.clear();
    if (item) this.#head.show(item, checker);
    // A failure is said by the panel below.
    const nothing = (): void => undefined;
    this.channel.ask("overview", { key }).then(({ value }) => {
      if (!valid()) return;
      // Chosen in the kernel, so not necessarily in the list.
      if (!item) this.#head.show(value.item, checker);
      this.#head.actions(value.actions ?? []);
      if (this.#isSchema) return;
      patiently(this.channel, "versions", { key }, valid).then((told) => {
        if (valid()) this.#head.versions(told.value, key);
      }, nothing);
      checker?.look();
    }, nothing);
  }

  #load(): void {
    const there = this.#isSchema ? OF_SCHEMAS : TABS;
    const tab = there.includes(this.#tab) ? this.#tab : "schema";
    this.#tabs.show(tab, there);
    this.#panel.setAttribute("aria-label", TITLES[tab]);
    this.#fill(tab, TROUBLE[tab], (valid) => this.#page(tab, this.#key, valid));
  }

  /** Put what comes into the panel, or what went wrong with a way to try again. */
  #fill(
    what: string,
    trouble: string,
    make: (valid: () => boolean) => Promise<HTMLElement>,
  ): void {
    const valid = this.#lane.take();
    this.#panelOf?.destroy();
    this.#panelOf = undefined;
    const again = (): void => this.#fill(what, trouble, make);
    this.#panel.replaceChildren(loading(what, again));
    make(valid).then(
      (page) => valid() && this.#panel.replaceChildren(page),
      (error: unknown) => valid() && this.#panel.replaceChildren(failed(trouble, error, again)),
    );
  }

  async #page(tab: Tab, key: string, valid: () => boolean): Promise<HTMLElement> {
    const { channel } = this;
    const checker = this.#checker ?? new Checker(channel, key);
    const go = (target: string): void => this.#follow(target);
    switch (tab) {
      case "overview": {
        const { value } = await channel.ask("overview", { key });
        return overview(value as Overview, checker, go);
      }
      case "schema": {
        const { value } = await patiently(channel, "schema", { key }, valid);
        const compare = async (other: string) =>
          (await patiently(channel, "diff", { key, other }, valid)).value;
        return schema(value, { compare, go });
      }
      case "samples":
        this.#panelOf = new SamplesPanel(channel, { key });
        return this.#panelOf.element;
      case "shards": {
        const ask = async (offset: number) =>
          (await channel.ask("shards", { key, offset, limit: SHARD_PAGE })).value;
        return new ShardTable(await ask(0), checker, ask).element;
      }
      case "record":
        return record((await channel.ask("record", { key })).value, go);
    }
  }

  /** Go to what is at an address. */
  #follow(target: string): void {
    const trouble = "Nothing can be shown at this address.";
    this.#fill("what is there", trouble, async (valid) => {
      const { value } = await patiently(this.channel, "follow", { target }, valid);
      return valid() ? this.#followed(value) : this.#panel;
    });
    this.#drawBack(true);
  }

  #followed(found: Followed): HTMLElement {
    if (found.key) {
      if (this.#key !== found.key) this.#trail.push(this.#key);
      this.events.choose(found.key);
      if (this.#key === found.key) this.#load();
      return h("div", { class: "at-page" });
    }
    if (found.repo) {
      return repo(found.repo, (key) => {
        this.#trail.push(this.#key);
        this.events.choose(key);
      });
    }
    return found.record
      ? record(found.record, (target) => this.#follow(target))
      : empty("There is nothing at this address.");
  }

  /** The way back from where an address has led. */
  #drawBack(away = false): void {
    if (!away && !this.#trail.length) return this.#back.replaceChildren();
    const back = button("‹ Back", () => {
      if (away) {
        this.#load();
        this.#drawBack();
        return;
      }
      const key = this.#trail.pop();
      if (key) this.events.choose(key);
    });
    this.#back.replaceChildren(back);
  }

  #copy(one: HTMLButtonElement): void {
    this.channel.ask("lines", {}).then(
      ({ value }) => copied(one, "Copy as code", value.text),
      () => (one.textContent = "The kernel does not answer"),
    );
  }

  #act(name: string): void {
    const face = FACES[name];
    if (!face) return void this.channel.ask("act", { key: this.#key, name }, true);
    this.#endAction();
    const place = h("div", { class: "at-action" });
    const close = (): void => {
      this.#endAction();
      this.#load();
    };
    this.#lane.take();
    this.#panel.replaceChildren(place);
    const end = face(this.channel, this.#key, place, close);
    this.#endAction = () => {
      this.#endAction = () => undefined;
      end();
    };
  }

  #turnTo(tab: Tab): void {
    if (tab === this.#tab) return this.#load();
    this.turn(tab);
    this.events.turned(tab);
  }
}
