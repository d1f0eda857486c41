/** A sound: its waveform, a button that plays it, and where in it one is. */

import { button, h, svg } from "../dom";
import { curvePoints } from "../plots";
import type { Asker } from "./asker";
import { trouble } from "./trouble";
import type { Part } from "./wire";

const WIDE = 600;
const TALL = 72;

export function sound(part: Part, asker: Asker): HTMLElement {
  const player = new Player(part, asker);
  asker.atEnd(() => player.end());
  return player.element;
}

class Player {
  readonly element: HTMLElement;
  readonly #button = button("Play", () => this.#toggle(), { class: "at-small at-play" });
  readonly #note = h("small", { role: "status" });
  readonly #head = h("i", { class: "at-playhead" });
  readonly #wave: HTMLElement;
  #audio: HTMLAudioElement | undefined;
  #address = "";

  constructor(
    private readonly part: Part,
    private readonly asker: Asker,
  ) {
    this.#wave = h("div", { class: "at-wave", title: "Click to play from here" }, this.#head);
    if (part.curve && part.curve.length > 1) this.#wave.prepend(outline(part.curve));
    this.#wave.addEventListener("click", (event) => {
      const box = this.#wave.getBoundingClientRect();
      this.#play((event.clientX - box.left) / box.width);
    });
    this.element = h(
      "div",
      { class: "at-sound" },
      this.#wave,
      h("div", { class: "at-whole-more" }, this.#button, this.#note),
    );
  }

  end(): void {
    this.#audio?.pause();
    if (this.#address) URL.revokeObjectURL(this.#address);
  }

  #toggle(): void {
    if (this.#audio && !this.#audio.paused) this.#audio.pause();
    else this.#play();
  }

  #play(from?: number): void {
    const audio = this.#audio;
    if (!audio) return this.#fetch(from);
    if (from !== undefined && Number.isFinite(audio.duration)) {
      audio.currentTime = from * audio.duration;
    }
    audio.play().catch((error: unknown) => this.#said(error, from));
  }

  #fetch(from?: number): void {
    this.#note.replaceChildren("Loading the sound…");
    this.asker.ask(
      "play",
      { path: this.part.path },
      ({ value, buffers: [file] }) => {
        if (!file) return;
        // Copied: a view of a larger message would keep all of it.
        const bytes = new Uint8Array(file.byteLength);
        bytes.set(new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength));
        this.#address = URL.createObjectURL(new Blob([bytes], { type: value.media }));
        this.#audio = this.#element(this.#address, value.cut);
        this.#audio.addEventListener("loadedmetadata", () => this.#play(from), { once: true });
      },
      (error) => this.#said(error, from),
    );
  }

  #element(address: string, cut: number): HTMLAudioElement {
    const audio = new Audio(address);
    const move = () => {
      const all = audio.duration || 1;
      this.#head.style.left = `${(100 * audio.currentTime) / all}%`;
      const part = cut ? `, the first ${all.toFixed(0)} s` : "";
      this.#note.replaceChildren(`${audio.currentTime.toFixed(1)} of ${all.toFixed(1)} s${part}`);
    };
    const face = () => (this.#button.textContent = audio.paused ? "Play" : "Pause");
    for (const event of ["timeupdate", "loadedmetadata", "seeked"]) {
      audio.addEventListener(event, move);
    }
    for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, face);
    audio.addEventListener("error", () =>
      this.#said(new Error("This browser cannot play the sound.")),
    );
    return audio;
  }

  #said(error: unknown, from?: number): void {
    this.#audio = undefined;
    this.#note.replaceChildren(trouble(error, () => this.#play(from)));
  }
}

function outline(curve: readonly number[]): SVGElement {
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", role: "img", "aria-label": "waveform" },
    svg("polyline", {
      points: curvePoints(curve, WIDE, TALL),
      fill: "none",
      stroke: "currentColor",
      "vector-effect": "non-scaling-stroke",
    }),
  );
}
