/** One cell of a table of samples. */

import { h, said, SUPPRESS } from "./dom";
import { dataUri } from "./format";
import type { Buffers } from "./model";
import { curve } from "./plots";
import type { Cell } from "./wire";

const TALL = 36;
const WIDE = 72;

export function cell(value: Cell, buffers: Buffers): HTMLElement {
  const png = value.picture === undefined ? undefined : buffers[value.picture];
  if (png) return picture(value, png);
  switch (value.kind) {
    case "missing":
      return h("i", { class: "at-dim" }, "missing");
    case "fault":
      return said(value.text, { class: "at-fault" });
    case "array":
      return array(value);
    case "bytes":
    case "image":
      return h("span", { class: "at-dim" }, value.text);
    default:
      return value.long && value.long.length > FOLD
        ? folded(value.text, value.long)
        : said(value.text);
  }
}

const FOLD = 48;

function picture(value: Cell, png: DataView): HTMLElement {
  const { width = TALL, height = TALL } = value;
  const scale = Math.min(TALL / height, WIDE / width);
  return h("img", {
    src: dataUri(png),
    // Its place is kept before it is decoded.
    width: `${Math.max(1, Math.round(width * scale))}`,
    height: `${Math.max(1, Math.round(height * scale))}`,
    class: scale >= 1 ? "at-pixels" : "",
    alt: value.text,
    title: value.text,
  });
}

function array(value: Cell): HTMLElement {
  const plot =
    value.curve && value.curve.length > 1
      ? curve(value.curve, `${value.text}, ${value.span ?? ""}`)
      : null;
  return h(
    "span",
    { class: "at-array", title: value.span ?? "" },
    plot,
    h("span", { class: "at-dim" }, value.span || value.text),
  );
}

function folded(text: string, long: string): HTMLElement {
  return h(
    "details",
    {},
    h("summary", { ...SUPPRESS }, said(text)),
    said(long, { class: "at-long" }),
  );
}
