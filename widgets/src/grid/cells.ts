/** What stands in a cell of the grid. */

import { h, said, svg } from "../dom";
import { dataUri } from "../format";
import type { Cell } from "./rows";

const TALL = 36;
const WIDE = 72;
const CURVE_HEIGHT = 22;

export interface CellEvents {
  /** The button beside a sound; it shows by itself whether the sound is heard. */
  play(button: HTMLButtonElement): void;
}

export function cell(value: Cell, events: CellEvents): HTMLElement {
  switch (value.kind) {
    case "missing":
      return h("i", { class: "at-cell at-missing" }, "missing");
    case "fault":
      return h("span", { class: "at-cell at-fault", title: value.text }, said(value.text));
    case "audio":
      return audio(value, events);
    case "array":
      return array(value);
    case "image":
      return value.picture ? picture(value, value.picture) : plain(value);
    default:
      return plain(value);
  }
}

/** Its place, while the row is on its way. */
export function waiting(): HTMLElement {
  return h("i", { class: "at-cell at-wait", "aria-hidden": "true" });
}

export function broken(fault: string): HTMLElement {
  return h("span", { class: "at-cell at-broken at-fault", title: fault }, said(fault));
}

function plain(value: Cell): HTMLElement {
  const dim = value.kind === "bytes" || value.kind === "image" ? " at-dim" : "";
  return h(
    "span",
    { class: `at-cell at-${value.kind}${dim}`, title: value.text.length > 12 ? value.text : "" },
    said(value.text),
  );
}

function picture(value: Cell, png: Uint8Array): HTMLElement {
  const { width, height } = value;
  const scale = Math.min(TALL / height, WIDE / width);
  return h(
    "span",
    { class: "at-cell" },
    h("img", {
      src: dataUri(new DataView(png.buffer, png.byteOffset, png.byteLength)),
      // Its place is kept before it is decoded.
      width: `${Math.max(1, Math.round(width * scale))}`,
      height: `${Math.max(1, Math.round(height * scale))}`,
      class: scale >= 1 ? "at-pixels" : "",
      alt: value.text,
      title: [value.text, value.note].filter(Boolean).join(" · "),
      draggable: "false",
    }),
  );
}

function array(value: Cell): HTMLElement {
  const plot = value.picture
    ? picture(value, value.picture).firstElementChild
    : value.curve && value.curve.length > 1
      ? curve(value.curve, WIDE, `${value.text}, ${value.note}`)
      : null;
  return h(
    "span",
    { class: "at-cell at-array", title: `${value.text} · ${value.note}` },
    plot,
    h("span", { class: "at-dim" }, value.note || value.text),
  );
}

function audio(value: Cell, events: CellEvents): HTMLElement {
  const button = h("button", {
    type: "button",
    class: "at-listen",
    "aria-label": `Play ${value.text}`,
    "aria-pressed": "false",
    tabindex: "-1",
    "data-lm-suppress-shortcuts": "true",
  });
  button.append(
    svg("svg", { width: 10, height: 10, viewBox: "0 0 10 10", "aria-hidden": "true" },
      svg("path", { class: "at-start", d: "M1.5 0.5L9.5 5L1.5 9.5z" }),
      svg("path", { class: "at-stop", d: "M1 1h8v8h-8z" }),
    ),
  );
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    events.play(button);
  });
  return h(
    "span",
    { class: "at-cell at-audio", title: value.text },
    button,
    value.curve && value.curve.length > 1 ? wave(value.curve) : null,
    h("span", { class: "at-dim" }, value.note || value.text),
  );
}

/** Points of a curve whose heights are bytes. */
export function points(heights: Uint8Array, width: number, height = CURVE_HEIGHT): string {
  const step = heights.length > 1 ? width / (heights.length - 1) : 0;
  const inner = height - 2;
  return Array.from(
    heights,
    (y, i) => `${(i * step).toFixed(1)},${(1 + (1 - y / 255) * inner).toFixed(1)}`,
  ).join(" ");
}

function curve(heights: Uint8Array, width: number, label: string): SVGElement {
  return svg(
    "svg",
    { class: "at-curve", width, height: CURVE_HEIGHT, role: "img", "aria-label": label },
    svg("polyline", { points: points(heights, width), fill: "none", stroke: "currentColor" }),
  );
}

/** A sound's outline: its extremes come in pairs, high and low. */
export function outline(heights: Uint8Array, width: number, height = CURVE_HEIGHT): string {
  const bars = Math.floor(heights.length / 2);
  const step = width / Math.max(bars, 1);
  return Array.from({ length: bars }, (_, i) => {
    const high = (1 - Math.max(heights[2 * i] ?? 0, heights[2 * i + 1] ?? 0) / 255) * height;
    const low = (1 - Math.min(heights[2 * i] ?? 0, heights[2 * i + 1] ?? 0) / 255) * height;
    return `M${((i + 0.5) * step).toFixed(1)},${high.toFixed(1)}V${Math.max(low, high + 1).toFixed(1)}`;
  }).join("");
}

function wave(heights: Uint8Array): SVGElement {
  return svg(
    "svg",
    { class: "at-curve", width: 96, height: CURVE_HEIGHT, "aria-hidden": "true" },
    svg("path", { d: outline(heights, 96), fill: "none", stroke: "currentColor" }),
  );
}
