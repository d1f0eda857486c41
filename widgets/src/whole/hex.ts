/** Bytes as they are, in hexadecimal and as the characters they could be, a page at a time. */

import { button, h } from "../dom";
import { count } from "../format";
import type { Asker } from "./asker";
import { trouble } from "./trouble";
import type { Path } from "./wire";

const LINE = 16;
export const PAGE = 256;

/** Lines of an offset, up to sixteen bytes in two groups, and the printable ones among them. */
export function hexLines(bytes: DataView, offset: number): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.byteLength; at += LINE) {
    const codes = Array.from({ length: Math.min(LINE, bytes.byteLength - at) }, (_, i) =>
      bytes.getUint8(at + i),
    );
    const pairs = codes.map((code) => code.toString(16).padStart(2, "0"));
    const groups = `${pairs.slice(0, 8).join(" ")}  ${pairs.slice(8).join(" ")}`;
    const text = codes.map((code) => (code > 31 && code < 127 ? String.fromCharCode(code) : "·"));
    const place = (offset + at).toString(16).padStart(8, "0");
    lines.push(`${place}  ${groups.padEnd(3 * LINE)}  ${text.join("")}`);
  }
  return lines.join("\n");
}

export function hex(path: Path, size: number, asker: Asker): HTMLElement {
  if (!size) return h("i", { class: "at-dim" }, "no bytes");
  const place = h("pre", { class: "at-hex", dir: "ltr" }, "\u00a0");
  // Its height is kept while the next page is on its way.
  place.style.minHeight = `${Math.ceil(Math.min(size, PAGE) / LINE) * 18}px`;
  const foot = h("div", { class: "at-whole-more" });
  const last = Math.floor((size - 1) / PAGE) * PAGE;
  const turn = (offset: number) => {
    asker.ask(
      "bytes",
      { path, offset, count: PAGE },
      ({ buffers }) => {
        place.textContent = buffers[0] ? hexLines(buffers[0], offset) : "";
        say(offset);
      },
      (error) => foot.replaceChildren(trouble(error, () => turn(offset))),
    );
  };
  const step = (label: string, title: string, to: number, here: number) => {
    const element = button(label, () => turn(to), { class: "at-small", title });
    element.disabled = to === here || to < 0 || to > last;
    return element;
  };
  const say = (offset: number) => {
    if (size <= PAGE) return foot.replaceChildren();
    foot.replaceChildren(
      step("«", "First page", 0, offset),
      step("‹", "Previous page", offset - PAGE, offset),
      step("›", "Next page", offset + PAGE, offset),
      step("»", "Last page", last, offset),
      h("small", {}, `from byte ${offset.toLocaleString("en-US")} of ${count(size, "byte")}`),
    );
  };
  const element = h("div", {}, place, foot);
  asker.whenSeen(element, () => turn(0));
  return element;
}
