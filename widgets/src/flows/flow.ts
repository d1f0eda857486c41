/** A flow: choose, fill in, confirm, watch, and have the result; one after the other in one place. */

import { button, h, said } from "../dom";
import { failed } from "../states";
import type { Asker } from "./asker";
import { Beside } from "./beside";
import { Chooser } from "./chooser";
import { Draft } from "./draft";
import { Going } from "./going";
import type { Account, Began, First, Running } from "./wire";

export interface FlowEvents {
  /** Offered as a button where there is something to go back to. */
  close?(): void;
}

export class Flow {
  readonly element: HTMLElement;
  readonly #title = h("h3", {});
  readonly #way = h("div", { class: "at-way" });
  readonly #beside: Beside;
  readonly #stage = h("div", { class: "at-stage" });
  #first: First | undefined;
  #draft: Draft | undefined;
  #going: Going | undefined;
  #isClosed = false;

  constructor(
    private readonly asker: Asker,
    private readonly events: FlowEvents = {},
  ) {
    this.#beside = new Beside(asker, (run) => this.#watch(run));
    this.element = h(
      "section",
      { class: "at-flow", tabindex: "-1", "data-lm-suppress-shortcuts": "true" },
      h("header", { class: "at-flow-head" }, this.#title, this.#way),
      this.#beside.element,
      this.#stage,
    );
  }

  /** Show what came with the widget's state, if anything, and ask for the rest. */
  begin(first: First | undefined): void {
    if (first) this.#headline(first);
    if (first?.form && !first.choose) this.#drafted(first);
    this.#ask("begin");
  }

  close(): void {
    this.#isClosed = true;
    this.#going?.close();
    this.#beside.close();
  }

  #ask(kind: "begin" | "promote", key?: string): void {
    const asked = key === undefined ? this.asker.ask(kind, {}) : this.asker.ask("choose", { key });
    asked.then(
      (began) => this.#isClosed || this.#began(began),
      (error: unknown) =>
        this.#isClosed ||
        this.#stage.replaceChildren(failed("This cannot be shown.", error, () => this.#ask(kind, key))),
    );
  }

  #began(began: Began): void {
    this.#headline(began);
    this.#beside.unfinished(began.unfinished);
    this.#beside.others(began.others);
    if (began.run) return this.#watch(began.run);
    if (began.choose) return this.#choose();
    // What came with the widget's state and may have been changed since stays as it is.
    if (this.#first !== undefined && this.#draft && this.#first.title === began.title)
      this.#draft.begin(began);
    else this.#drafted(began).begin(began);
  }

  #choose(): void {
    const chooser = new Chooser(this.asker, (key) => this.#ask("begin", key));
    this.#stage.replaceChildren(chooser.element);
    chooser.search();
  }

  #drafted(first: First): Draft {
    this.#going?.close();
    this.#going = undefined;
    this.#first = first;
    const { close } = this.events;
    const back = close ? button("Close", () => close()) : null;
    this.#draft = new Draft(
      first,
      this.asker,
      { started: (run) => this.#watch(run), signed: (account) => this.#told(first, account) },
      back,
    );
    this.#stage.replaceChildren(this.#draft.element);
    return this.#draft;
  }

  #watch(run: Running): void {
    this.#going?.close();
    this.#draft = undefined;
    this.#first = undefined;
    this.#title.replaceChildren(...titled(run.plan.title));
    this.#way.replaceChildren(WAY[run.plan.kind]);
    this.#going = new Going(run, this.asker, {
      again: () => void this.#again(),
      promote: () => this.#ask("promote"),
      close: this.events.close && (() => this.events.close?.()),
      restarted: (next) => this.#watch(next),
      ended: (isListed) => this.#way.replaceChildren(ENDED[run.plan.kind][isListed ? "listed" : "not"]),
    });
    this.#stage.replaceChildren(this.#going.element);
    this.#beside.look();
  }

  async #again(): Promise<void> {
    await this.asker.ask("again", {});
    this.#ask("begin");
  }

  #headline(first: First): void {
    const verb = first.kind === "promote" ? "Promote" : "Publish";
    this.#title.replaceChildren(...titled(first.title ? `${verb} ${first.title}` : `${verb} a dataset`));
    this.element.setAttribute("aria-label", `${verb} ${first.title}`.trim());
    this.#told(first, null);
  }

  #told(first: First, account: Account | null): void {
    const to = !first.needsAccount
      ? "to an index of this machine"
      : account
        ? `to ${account.handle}`
        : "to the network";
    const promise = first.needsAccount
      ? "nothing is public until you confirm"
      : "nothing is written until you confirm";
    this.#way.replaceChildren(said(`from ${first.from} ${to}`), ` · ${promise}`);
  }
}

const WAY: Record<Running["plan"]["kind"], string> = {
  promote: "going on; the record is written last, until then nobody can find it",
  publish: "going on; it is listed last, and stays on this machine",
};

const ENDED: Record<Running["plan"]["kind"], { listed: string; not: string }> = {
  promote: { listed: "everybody can find it now", not: "nobody can find it yet" },
  publish: {
    listed: "on this machine only; nothing of it is public",
    not: "nothing of it is listed",
  },
};

/** The verb as it is, and what it is about in bold. */
function titled(title: string): (Node | string)[] {
  const [verb = "", ...rest] = title.split(" ");
  return [`${verb} `, h("b", {}, said(rest.join(" ")))];
}
