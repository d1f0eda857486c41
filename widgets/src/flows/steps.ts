/** The steps of a plan, and how far each of them is. */

import { h, said } from "../dom";
import { count } from "../format";
import { progress, size } from "./amounts";
import type { Step, StepNews } from "./wire";

/** From so many shards on they share one line; each of them is still there, folded. */
const MANY = 8;
const MOST = 500;

type State = StepNews["state"] | "waiting";

const SIGNS: Record<State, string> = {
  waiting: "·",
  started: "▸",
  progress: "▸",
  finished: "✓",
  reused: "✓",
  failed: "✗",
  cancelled: "–",
};

const SAID: Record<State, string> = {
  waiting: "to do",
  started: "going on",
  progress: "going on",
  finished: "done",
  reused: "there already",
  failed: "failed",
  cancelled: "cancelled",
};

interface Line {
  sign: HTMLElement;
  note: HTMLElement;
  bar: HTMLElement;
  element: HTMLElement;
}

export class StepList {
  readonly element = h("ol", { class: "at-steps", "aria-label": "Steps" });
  readonly #lines = new Map<string, Line>();
  readonly #news = new Map<string, StepNews>();
  readonly #shards: Step[];
  #all: Line | undefined;

  constructor(
    private readonly steps: Step[],
    leftOut = 0,
  ) {
    this.#shards = steps.filter((step) => step.kind === "shard");
    const isGrouped = this.#shards.length > MANY;
    let isTold = false;
    for (const step of steps) {
      if (!isGrouped || step.kind !== "shard") this.element.append(this.#one(step));
      else if (!isTold) {
        isTold = true;
        this.element.append(this.#group(leftOut));
      }
    }
    this.#draw("");
  }

  /** Show what has happened since; `speed` stands beside what is going on. */
  update(news: Record<string, StepNews>, speed: string): void {
    for (const [id, one] of Object.entries(news)) this.#news.set(id, one);
    this.#draw(speed);
  }

  /** Whether the step is done by which others, or the index, have what was made. */
  get isListed(): boolean {
    const id = this.steps.some((step) => step.kind === "write") ? "write" : "record";
    return this.#news.get(id)?.state === "finished";
  }

  /** How much was moved of how much, in words and as a share; null where nobody knows. */
  get moved(): { text: string; share: number } | null {
    const write = this.steps.find((step) => step.kind === "write");
    const news = write && this.#news.get(write.id);
    if (write) {
      if (!news?.total) return null;
      return { text: amount(write, news.done, news.total), share: news.done / news.total };
    }
    const todo = this.steps.filter((step) => !step.reused && step.kind === "shard");
    const all = todo.reduce((sum, step) => sum + (step.bytes ?? 0), 0);
    if (!all) return null;
    const done = todo.reduce((sum, step) => sum + moved(step, this.#news.get(step.id)), 0);
    return { text: progress(Math.min(done, all), all), share: Math.min(1, done / all) };
  }

  #one(step: Step): HTMLElement {
    const line = makeLine(step.title, step.detail);
    this.#lines.set(step.id, line);
    return line.element;
  }

  #group(leftOut: number): HTMLElement {
    const line = makeLine(count(this.#shards.length + leftOut, "shard"), "");
    this.#all = line;
    const rows = this.#shards.slice(0, MOST).map((step) => this.#one(step));
    const more = this.#shards.length + leftOut - rows.length;
    const rest = more > 0 ? h("li", { class: "at-dim" }, `… and ${count(more, "more shard")}`) : null;
    const fold = h("details", {}, h("summary", {}, "each of them"), h("ol", {}, ...rows, rest));
    line.element.append(fold);
    return line.element;
  }

  #draw(speed: string): void {
    for (const step of this.steps) {
      const line = this.#lines.get(step.id);
      if (line) drawLine(line, step, this.#news.get(step.id), this.#all ? "" : speed);
    }
    if (this.#all) this.#drawAll(this.#all, speed);
  }

  #drawAll(line: Line, speed: string): void {
    const states = this.#shards.map((step) => stateOf(step, this.#news.get(step.id)));
    const todo = this.#shards.filter((step) => !step.reused);
    const total = todo.reduce((sum, step) => sum + (step.bytes ?? 0), 0);
    const done = todo.reduce((sum, step) => sum + moved(step, this.#news.get(step.id)), 0);
    const ready = states.filter((state) => state === "finished" || state === "reused").length;
    const state = states.includes("failed")
      ? "failed"
      : states.includes("cancelled")
        ? "cancelled"
        : ready === states.length
          ? "finished"
          : states.some((one) => one === "started" || one === "progress")
            ? "progress"
            : "waiting";
    const reused = this.#shards.length - todo.length;
    const parts = [
      state === "progress" ? progress(done, total) : total > 0 ? size(total) : "",
      reused > 0 ? `${reused.toLocaleString("en-US")} already there` : "",
      state === "progress" ? `${ready.toLocaleString("en-US")} done` : "",
      state === "progress" ? speed : "",
    ];
    draw(line, state, parts.filter(Boolean).join(" · "), total > 0 ? done / total : null);
  }
}

function makeLine(title: string, detail: string): Line {
  const sign = h("span", { class: "at-sign" });
  const note = h("span", { class: "at-note" });
  const bar = h("div", { class: "at-progress", role: "progressbar", "aria-label": title }, h("i", {}));
  const element = h(
    "li",
    {},
    sign,
    h("span", { class: "at-what" }, said(title)),
    note,
    detail && said(detail, { class: "at-where", title: detail }),
    bar,
  );
  return { sign, note, bar, element };
}

function drawLine(line: Line, step: Step, news: StepNews | undefined, speed: string): void {
  const state = stateOf(step, news);
  const total = news?.total ?? step.bytes;
  const isMoving = state === "progress" && news !== undefined && total !== null && total > 0;
  const note = isMoving
    ? [amount(step, news.done, total), speed].filter(Boolean).join(" · ")
    : told(step, news, state);
  draw(line, state, note, isMoving ? news.done / total : null);
}

function told(step: Step, news: StepNews | undefined, state: State): string {
  // An address is too long for the end of a line; the plan has it below.
  if (news?.text && !news.text.includes("://")) return news.text;
  return state === "reused" && !step.note ? "already there, reused" : step.note;
}

/** What is written to an index of this machine is counted in samples. */
function amount(step: Step, done: number, total: number): string {
  if (step.kind !== "write") return progress(done, total);
  return `${done.toLocaleString("en-US")} of ${count(total, "sample")}`;
}

function draw(line: Line, state: State, note: string, share: number | null): void {
  line.sign.textContent = SIGNS[state];
  line.sign.setAttribute("aria-label", SAID[state]);
  line.sign.setAttribute("role", "img");
  line.note.textContent = note;
  line.element.dataset["state"] = state;
  line.bar.hidden = share === null || state === "finished";
  const percent = Math.round(Math.min(1, share ?? 0) * 100);
  line.bar.setAttribute("aria-valuenow", `${percent}`);
  (line.bar.firstElementChild as HTMLElement).style.width = `${percent}%`;
}

function stateOf(step: Step, news: StepNews | undefined): State {
  if (news) return news.state;
  return step.reused ? "reused" : "waiting";
}

function moved(step: Step, news: StepNews | undefined): number {
  if (step.reused || !news || news.state === "reused") return 0;
  return news.state === "finished" ? (step.bytes ?? news.done) : news.done;
}
