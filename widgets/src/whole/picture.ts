/** A picture that can be looked at closely: an image, or a plane of an array as a heat map. */

import { button, h, SUPPRESS } from "../dom";
import type { Buffers } from "../model";
import { dataUri } from "../format";
import type { Asker } from "./asker";
import { trouble } from "./trouble";
import type { Part, PictureFacts } from "./wire";

/** Highest the picture's window gets, in pixels. */
const TALL = 360;
const LEAST = 160;
const MOST_ZOOM = 64;

export function picture(part: Part, asker: Asker): HTMLElement {
  return new Picture(part, asker).element;
}

class Picture {
  readonly element: HTMLElement;
  readonly #image = h("img", { alt: "", draggable: "false" });
  readonly #window: HTMLElement;
  readonly #note = h("small", { class: "at-readout" });
  readonly #scale = h("small", {});
  readonly #width: number;
  readonly #height: number;
  #zoom = 1;
  #facts: PictureFacts | undefined;
  #values: DataView | undefined;
  #at: number[];
  #timer = 0;

  constructor(
    private readonly part: Part,
    private readonly asker: Asker,
  ) {
    const { plane } = part;
    this.#width = plane?.width ?? part.width ?? 1;
    this.#height = plane?.height ?? part.height ?? 1;
    this.#at = plane?.axes.map(() => 0) ?? [];
    this.#image.alt = part.text;
    this.#window = h(
      "div",
      { class: "at-picture", tabindex: "0", role: "group", "aria-label": `Picture of ${part.name}`, ...SUPPRESS },
      this.#image,
    );
    const tools = h(
      "div",
      { class: "at-whole-more" },
      button("−", () => this.zoom(this.#zoom / 2), { class: "at-small", title: "Smaller (−)" }),
      button("+", () => this.zoom(this.#zoom * 2), { class: "at-small", title: "Larger (+)" }),
      button("Fit", () => this.fit(), { class: "at-small", title: "Fit (0)" }),
      button("1:1", () => this.zoom(1), { class: "at-small", title: "One to one (1)" }),
      this.#scale,
      this.#note,
    );
    this.element = h("div", {}, ...this.#axes(), this.#window, tools);
    this.#listen();
    this.fit();
    asker.whenSeen(this.element, () => this.#load());
  }

  fit(): void {
    const room = this.#window.clientWidth || 560;
    const scale = Math.min(room / this.#width, TALL / this.#height);
    // Small pictures are shown in whole pixels.
    const large = Math.max(1, Math.min(16, Math.floor(scale)));
    const enough = Math.max(1, Math.ceil(LEAST / Math.max(this.#width, this.#height)));
    this.zoom(scale < 1 ? scale : Math.min(large, enough));
  }

  zoom(factor: number): void {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.#window;
    const change = Math.min(MOST_ZOOM, Math.max(1 / 64, factor)) / this.#zoom;
    this.#zoom *= change;
    this.#image.style.width = `${Math.max(1, Math.round(this.#width * this.#zoom))}px`;
    this.#image.style.height = `${Math.max(1, Math.round(this.#height * this.#zoom))}px`;
    this.#image.className = this.#zoom >= 1 ? "at-pixels" : "";
    this.#window.scrollLeft = (scrollLeft + clientWidth / 2) * change - clientWidth / 2;
    this.#window.scrollTop = (scrollTop + clientHeight / 2) * change - clientHeight / 2;
    this.#say();
  }

  #load(): void {
    const at = [...this.#at];
    this.asker.ask(
      "picture",
      { path: this.part.path, at },
      ({ value, buffers }) => {
        if (at.join() === this.#at.join()) this.#put(value, buffers);
      },
      (error) => this.#window.replaceChildren(trouble(error, () => this.#load())),
    );
  }

  #put(facts: PictureFacts, [png, values]: Buffers): void {
    if (!png) return;
    this.#facts = facts;
    this.#values = values?.byteLength ? values : undefined;
    this.#image.src = dataUri(png);
    if (!this.#image.isConnected) this.#window.replaceChildren(this.#image);
    this.#say();
  }

  /** What the picture's greys mean, and how large it is shown. */
  #say(): void {
    const facts = this.#facts;
    const zoom = this.#zoom >= 1 ? `${Math.round(this.#zoom)}×` : `${Math.round(100 * this.#zoom)} %`;
    const smaller =
      facts && facts.width < this.#width ? `, read at ${facts.width}×${facts.height}` : "";
    const isGrey = (this.part.plane?.channels ?? 3) < 3;
    const greys = facts && isGrey ? ` · black ${facts.low}, white ${facts.high}` : "";
    this.#scale.textContent = `${zoom}${smaller}${greys}`;
  }

  #axes(): HTMLElement[] {
    return (this.part.plane?.axes ?? []).map((length, axis) => {
      const out = h("output", {}, `[0] of ${length}`);
      const slider = h("input", {
        type: "range",
        min: "0",
        max: `${length - 1}`,
        value: "0",
        "aria-label": `place on axis ${axis}`,
        ...SUPPRESS,
      });
      slider.addEventListener("input", () => {
        this.#at[axis] = Number(slider.value);
        out.textContent = `[${slider.value}] of ${length}`;
        // While it is being dragged, only where it rests is asked for.
        cancelAnimationFrame(this.#timer);
        this.#timer = requestAnimationFrame(() => this.#load());
      });
      return h("label", { class: "at-axis" }, h("small", {}, `axis ${axis}`), slider, out);
    });
  }

  #listen(): void {
    const view = this.#window;
    view.addEventListener("keydown", (event) => {
      const acts: Record<string, () => void> = {
        "+": () => this.zoom(this.#zoom * 2),
        "=": () => this.zoom(this.#zoom * 2),
        "-": () => this.zoom(this.#zoom / 2),
        "0": () => this.fit(),
        "1": () => this.zoom(1),
      };
      const act = acts[event.key];
      if (!act || event.ctrlKey || event.metaKey) return;
      act();
      event.preventDefault();
      event.stopPropagation();
    });
    view.addEventListener("dblclick", () => (this.#zoom < 1 ? this.zoom(1) : this.fit()));
    view.addEventListener("pointermove", (event) => this.#pointed(event));
    view.addEventListener("pointerleave", () => (this.#note.textContent = ""));
  }

  #pointed(event: PointerEvent): void {
    if (event.buttons === 1) {
      this.#window.scrollLeft -= event.movementX;
      this.#window.scrollTop -= event.movementY;
    }
    const box = this.#image.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.#width);
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.#height);
    const inside = row >= 0 && row < this.#height && column >= 0 && column < this.#width;
    this.#note.textContent = inside ? `row ${row}, column ${column}${this.#value(row, column)}` : "";
  }

  #value(row: number, column: number): string {
    const channels = Math.max(1, this.part.plane?.channels ?? 1);
    const first = (row * this.#width + column) * channels;
    if (!this.#values || this.#values.byteLength < 8 * (first + channels)) return "";
    const view = this.#values;
    const values = Array.from({ length: channels }, (_, i) =>
      view.getFloat64(8 * (first + i), true),
    );
    return `: ${values.map((value) => `${Number(value.toPrecision(6))}`).join(", ")}`;
  }
}
