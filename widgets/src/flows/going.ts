/** A run: how far it is, a way to end it, and what came of it. */

import { button, h, said } from "../dom";
import type { Asker } from "./asker";
import { publicView } from "./plan";
import { resultView } from "./result";
import { StepList } from "./steps";
import type { Progress, Running } from "./wire";

/** How long a run is left alone before it is asked again. */
const PAUSE = 200;

export interface GoingEvents {
  /** Leave the run to itself, and show the form. */
  again(): void;
  /** Offered after data was written to an index of this machine. */
  promote(): void;
  /** Offered as a button where there is something to go back to. */
  close?: (() => void) | undefined;
  /** It has come to its end; `isListed` where what was made can be found. */
  ended(isListed: boolean): void;
  /** It has been begun once more. */
  restarted(run: Running): void;
}

export class Going {
  readonly element: HTMLElement;
  readonly #steps: StepList;
  readonly #head = h("div", { class: "at-going", role: "status" });
  readonly #total = h("div", { class: "at-progress at-total", role: "progressbar", "aria-label": "All of it" }, h("i", {}));
  readonly #body = h("div", {});
  readonly #end = h("footer", { class: "at-end" });
  #next = 0;
  #speed = "";
  #isOver = false;

  constructor(
    private readonly run: Running,
    private readonly asker: Asker,
    private readonly events: GoingEvents,
  ) {
    this.#steps = new StepList(run.plan.steps, run.plan.leftOut);
    this.#body.append(this.#steps.element);
    this.element = h("div", { class: "at-run" }, this.#head, this.#total, this.#body, this.#end);
    this.#take(run);
  }

  /** Nobody looks any more; the run itself goes on. */
  close(): void {
    this.#isOver = true;
  }

  #take(news: Progress): void {
    this.#next = news.next;
    if (news.rate !== undefined) this.#speed = [news.rate, news.left].filter(Boolean).join(" · ");
    this.#steps.update(news.steps, this.#speed);
    if (news.state === "running") this.#goOn();
    else this.#over(news);
  }

  #goOn(): void {
    const moved = this.#steps.moved;
    this.#head.textContent = [moved?.text ?? "Going on", this.#speed].filter(Boolean).join(" · ");
    const percent = Math.round((moved?.share ?? 0) * 100);
    this.#total.setAttribute("aria-valuenow", `${percent}`);
    (this.#total.firstElementChild as HTMLElement).style.width = `${percent}%`;
    if (!this.#end.children.length) {
      const cancel = button("Cancel", () => {
        cancel.disabled = true;
        void this.asker.ask("cancel", {});
      });
      const say = h("span", { class: "at-say" }, "goes on when this is closed");
      const back = this.run.own ? [] : [button("Back", () => this.events.again())];
      this.#end.replaceChildren(cancel, ...back, ...this.#shut(), say);
    }
    setTimeout(() => this.#look(), PAUSE);
  }

  #look(): void {
    if (this.#isOver) return;
    this.asker.ask("progress", { since: this.#next }).then(
      (news) => !this.#isOver && this.#take(news),
      (error: unknown) => {
        this.#head.replaceChildren(said(error instanceof Error ? error.message : String(error)));
      },
    );
  }

  #over(news: Progress): void {
    this.#isOver = true;
    this.#total.hidden = true;
    this.#head.hidden = true;
    this.events.ended(news.result !== undefined || this.#steps.isListed);
    if (news.result) return this.#done(news.result);
    const isCancelled = news.state === "cancelled";
    this.#head.hidden = false;
    this.#head.className = "at-trouble";
    this.#head.setAttribute("role", "alert");
    this.#head.replaceChildren(
      h("b", { class: "at-fault" }, isCancelled ? "Cancelled." : "It has stopped."),
      " ",
      said(isCancelled ? UNDONE[this.run.plan.kind] : (news.error?.text ?? "")),
    );
    const { again, promise } = ONCE_MORE[this.run.plan.kind];
    const resume = button(again, () => void this.#resume(resume), { class: "at-go" });
    const back = button("Back to the form", () => this.events.again());
    this.#end.replaceChildren(resume, back, ...this.#shut(), h("span", { class: "at-say" }, promise));
  }

  #done(result: NonNullable<Progress["result"]>): void {
    const { plan } = this.run;
    const fold = h("details", {}, h("summary", {}, "what was done"), this.#steps.element, publicView(plan));
    this.#body.replaceChildren(resultView(result, plan.kind), fold);
    const isLocal = plan.kind === "publish";
    const promote = button("Promote…", () => this.events.promote(), { class: "at-go" });
    const again = button(isLocal ? "Back to the form" : "Promote again", () => this.events.again());
    this.#end.replaceChildren(
      ...(isLocal && this.run.own ? [promote] : []),
      again,
      ...this.#shut(),
    );
  }

  #shut(): HTMLElement[] {
    const { close } = this.events;
    return close ? [button("Close", () => close())] : [];
  }

  async #resume(resume: HTMLButtonElement): Promise<void> {
    resume.disabled = true;
    try {
      const { run } = await this.asker.ask("retry", {});
      this.events.restarted(run);
    } catch (error) {
      resume.disabled = false;
      this.#head.replaceChildren(said(error instanceof Error ? error.message : String(error)));
    }
  }
}

const UNDONE: Record<Running["plan"]["kind"], string> = {
  promote: "Nothing of it is public; it can be resumed.",
  publish: "Nothing of it is listed, and nothing was kept.",
};

/** A promotion goes on where it was; writing to an index of this machine is all or nothing. */
const ONCE_MORE: Record<Running["plan"]["kind"], { again: string; promise: string }> = {
  promote: { again: "Resume", promise: "what was done is not done twice" },
  publish: { again: "Start again", promise: "from the beginning: all of it is written, or nothing" },
};
