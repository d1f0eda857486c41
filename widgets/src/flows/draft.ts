/** The form, who publishes, and the plan that follows from both: all of it before anything is done. */

import { Lane } from "../channel";
import { button, h } from "../dom";
import { empty, failed, loading } from "../states";
import { AccountRow } from "./account";
import type { Asker } from "./asker";
import { Columns } from "./columns";
import { copyButton } from "./copy";
import { Form } from "./fields";
import { planView } from "./plan";
import type { Account, Began, Column, First, Planned, Running } from "./wire";

/** Typing that goes on is one change. */
const PAUSE = 350;

export interface DraftEvents {
  started(run: Running): void;
  /** Somebody has signed in or out. */
  signed(account: Account | null): void;
}

export class Draft {
  readonly element: HTMLElement;
  readonly #form: Form;
  readonly #table = h("div", {});
  #columns: Columns | undefined;
  #found = "";
  readonly #account: AccountRow;
  readonly #place = h("div", { class: "at-planned", "aria-live": "polite" });
  readonly #confirm: HTMLButtonElement;
  readonly #code: HTMLElement;
  readonly #say = h("span", { class: "at-say" });
  readonly #lane = new Lane();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #planned: Planned | undefined;

  constructor(
    private readonly first: First,
    private readonly asker: Asker,
    private readonly events: DraftEvents,
    more: HTMLElement | null,
  ) {
    this.#form = new Form(first.form, asker, () => this.#edited());
    this.#account = new AccountRow(asker, (account) => {
      events.signed(account);
      this.replan();
    });
    this.#confirm = button("", () => void this.#start(), { class: "at-go" });
    this.#code = copyButton("Copy as code", () => this.#planned?.code ?? "");
    this.element = h(
      "div",
      { class: "at-draft" },
      this.#table,
      first.needsAccount ? this.#account.element : null,
      this.#form.element,
      this.#place,
      h("footer", { class: "at-end" }, this.#confirm, this.#code, more, this.#say),
    );
    this.#account.wait();
    this.#show(undefined);
  }

  /** Go on with what the kernel has told of who is signed in. */
  begin(began: Began): void {
    this.#account.show(began.account);
    this.events.signed(began.account);
    this.replan();
  }

  /** Ask for the plan that follows from what is filled in now. */
  replan(): void {
    clearTimeout(this.#timer);
    const valid = this.#lane.take();
    this.#show(undefined);
    if (this.first.needsAccount && !this.#account.account) {
      this.#place.replaceChildren(empty("Sign in to see what would become public. Nothing is sent by looking."));
      return;
    }
    if (this.#place.querySelector(".at-plan")) this.#place.classList.add("at-stale");
    else this.#place.replaceChildren(loading("the plan", () => this.replan()));
    const body = { form: this.#form.values, columns: this.#columns?.choices ?? [] };
    this.asker.ask("plan", body).then(
      (planned) => valid() && this.#show(planned),
      (error: unknown) => valid() && this.#failed(error),
    );
  }

  #edited(): void {
    // What is on screen no longer follows from what is filled in: nobody may confirm it.
    this.#lane.take();
    this.#confirm.disabled = true;
    this.#place.classList.add("at-stale");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.replan(), PAUSE);
  }

  #show(planned: Planned | undefined): void {
    this.#planned = planned;
    if (planned?.columns) this.#tabulate(planned.columns);
    const plan = planned?.plan;
    this.#code.hidden = !planned;
    this.#confirm.disabled = !plan || plan.blockers.length > 0;
    // What is there already can only be looked at.
    const isDone = plan?.done === true;
    this.#confirm.textContent = isDone ? "Show what is there" : (plan?.confirm ?? WAITING[this.first.kind]);
    this.#say.textContent = !plan
      ? ""
      : plan.blockers.length > 0
        ? "not possible yet: see above"
        : isDone
          ? plan.confirm
          : SAFE[this.first.kind];
    if (!plan) return;
    this.#place.classList.remove("at-stale");
    this.#place.replaceChildren(planView(plan, this.#form.warned));
  }

  /** Other data has other columns; what was edited of the same ones stays. */
  #tabulate(columns: Column[]): void {
    const found = JSON.stringify(columns);
    if (found === this.#found) return;
    this.#found = found;
    this.#columns = new Columns(columns, () => this.#edited());
    this.#table.replaceChildren(this.#columns.element);
  }

  #failed(error: unknown): void {
    this.#place.classList.remove("at-stale");
    this.#place.replaceChildren(failed("There is no plan yet.", error, () => this.replan()));
  }

  async #start(): Promise<void> {
    const planned = this.#planned;
    if (!planned) return;
    this.#confirm.disabled = true;
    try {
      const { run } = await this.asker.ask("start", { plan: planned.number });
      this.events.started(run);
    } catch (error) {
      this.#failed(error);
    }
  }
}

const WAITING: Record<First["kind"], string> = { promote: "Publish", publish: "Write" };

const SAFE: Record<First["kind"], string> = {
  promote: "can be resumed at any step",
  publish: "nothing is left if it fails",
};
