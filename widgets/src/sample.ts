/** One sample in full, over the table it was opened from: arrows leaf through, Esc closes. */

import { type Channel, Lane } from "./channel";
import { button, h, said, SUPPRESS } from "./dom";
import { count } from "./format";
import { failed, loading } from "./states";
import { Asker } from "./whole/asker";
import { branch } from "./whole/branch";
import { hex } from "./whole/hex";
import type { Sample } from "./whole/wire";

export interface SampleOptions {
  /** What the panel covers; it is positioned, and as large as the panel is to be. */
  host: HTMLElement;
  /** The row before (-1) or after (1) the open one in the table's own order, if there is one. */
  beside?: (by: 1 | -1) => number | undefined;
  /** That row is opened now. */
  leafed?: (by: 1 | -1) => void;
  closed?: () => void;
}

export interface OpenSample {
  readonly row: number;
  /** Look again which rows are beside it. */
  look(): void;
  close(): void;
}

/** Open a sample by its number in the dataset. */
export function openSample(
  channel: Channel,
  key: string,
  row: number,
  options: SampleOptions,
): OpenSample {
  return new SamplePanel(channel, key, row, options);
}

class SamplePanel implements OpenSample {
  row: number;
  readonly #element: HTMLElement;
  readonly #title = h("b", {});
  readonly #place = h("small", {});
  readonly #body = h("div", { class: "at-whole-body" });
  readonly #before = button("‹", () => this.#leaf(-1), { class: "at-small", title: "Previous (←)" });
  readonly #after = button("›", () => this.#leaf(1), { class: "at-small", title: "Next (→)" });
  readonly #lane = new Lane();
  readonly #focused = document.activeElement;
  #asker: Asker | undefined;
  #total: number | null = null;

  constructor(
    private readonly channel: Channel,
    private readonly key: string,
    row: number,
    private readonly options: SampleOptions,
  ) {
    this.row = row;
    const close = button("Close", () => this.close(), { class: "at-small", title: "Close (Esc)" });
    this.#element = h(
      "div",
      { class: "at-whole", role: "dialog", tabindex: "-1", "aria-label": "Sample", ...SUPPRESS },
      h(
        "header",
        { class: "at-whole-head" },
        this.#before,
        this.#after,
        h("div", { class: "at-whole-title" }, this.#title, this.#place),
        close,
      ),
      this.#body,
    );
    this.#element.addEventListener("keydown", (event) => this.#pressed(event));
    options.host.append(this.#element);
    this.#element.focus({ preventScroll: true });
    this.#body.replaceChildren(loading("sample", () => this.#load(true)));
    this.#load(false);
  }

  close(): void {
    this.#lane.take();
    this.#asker?.close();
    this.#element.remove();
    this.options.closed?.();
    if (this.#focused instanceof HTMLElement) this.#focused.focus({ preventScroll: true });
  }

  #leaf(by: 1 | -1): void {
    const to = this.#beside(by);
    if (to === undefined) return;
    this.row = to;
    this.options.leafed?.(by);
    this.#load(false);
  }

  #beside(by: 1 | -1): number | undefined {
    if (this.options.beside) return this.options.beside(by);
    const to = this.row + by;
    return to < 0 || to >= (this.#total ?? Infinity) ? undefined : to;
  }

  #load(fresh: boolean): void {
    const valid = this.#lane.take();
    this.#say();
    this.#ask(valid, fresh);
  }

  #ask(valid: () => boolean, fresh: boolean): void {
    const { key, row } = this;
    this.channel.ask("sample", { key, row, ...(fresh && { fresh }) }).then(
      ({ value }) => {
        if (!valid()) return;
        if (value.done) return this.#show(value);
        this.#place.textContent = `reading on: ${count(value.looked, "sample")} passed`;
        this.#ask(valid, false);
      },
      (error: unknown) => {
        if (!valid()) return;
        this.#asker?.close();
        const retry = () => this.#load(true);
        this.#body.replaceChildren(failed("The sample cannot be read.", error, retry));
      },
    );
  }

  #show(sample: Sample): void {
    this.#total = sample.total;
    this.#say();
    const where = [sample.key && `key ${sample.key}`, sample.shard, place(sample.offset)];
    this.#place.replaceChildren(said(where.filter(Boolean).join(" · ")));
    this.#asker?.close();
    const asker = new Asker(this.channel, { key: this.key, row: sample.row });
    this.#asker = asker;
    // One field of several samples is compared by leafing: the page stays where it is.
    const { scrollTop } = this.#body;
    this.#body.replaceChildren(
      sample.fault ? undecoded(sample) : branch(sample, [], asker),
      stored(sample, asker),
    );
    this.#body.scrollTop = scrollTop;
  }

  look(): void {
    this.#before.disabled = this.#beside(-1) === undefined;
    this.#after.disabled = this.#beside(1) === undefined;
  }

  #say(): void {
    const of = this.#total === null ? "" : ` of ${this.#total.toLocaleString("en-US")}`;
    this.#title.textContent = `Sample ${this.row.toLocaleString("en-US")}${of}`;
    this.look();
  }

  #pressed(event: KeyboardEvent): void {
    const isSlider = event.target instanceof HTMLInputElement;
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowLeft" && !isSlider) this.#leaf(-1);
    else if (event.key === "ArrowRight" && !isSlider) this.#leaf(1);
    else {
      // Keys of the table below are not for it now; the page's own scrolling goes on.
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function place(offset: number | null): string {
  return offset === null ? "" : `byte ${offset.toLocaleString("en-US")}`;
}

function undecoded(sample: Sample): HTMLElement {
  return h(
    "div",
    { class: "at-whole-fault", role: "alert" },
    h("p", { class: "at-fault" }, "This sample does not decode."),
    h("p", {}, said(sample.fault)),
  );
}

/** The sample as it is stored; open where there is nothing else to see. */
function stored(sample: Sample, asker: Asker): HTMLElement | string {
  if (!sample.size) return "";
  const summary = h("summary", { ...SUPPRESS }, `Stored bytes (${count(sample.size, "byte")})`);
  const fold = h("details", { class: "at-raw at-stored" }, summary);
  const open = () => {
    fold.append(hex([], sample.size, asker));
    fold.scrollIntoView({ block: "nearest" });
  };
  fold.addEventListener("toggle", open, { once: true });
  fold.open = Boolean(sample.fault);
  return fold;
}
