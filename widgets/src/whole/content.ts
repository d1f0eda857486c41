/** One value in full, by what it is. */

import { h, said, SUPPRESS } from "../dom";
import type { Asker } from "./asker";
import { figures } from "./figures";
import { hex } from "./hex";
import { picture } from "./picture";
import { sound } from "./sound";
import type { Part } from "./wire";
import { words } from "./words";

export function content(part: Part, asker: Asker): HTMLElement {
  const about = h("small", { class: "at-about-value" }, said(part.text));
  switch (part.kind) {
    case "missing":
      return h("i", { class: "at-dim" }, "missing");
    case "fault":
      return said(part.text, { class: "at-fault" });
    case "text":
      return words(part, asker);
    case "image":
      return h("div", {}, about, picture(part, asker), raw(part, asker));
    case "sound": {
      const isFile = part.type === "bytes";
      const rest = isFile ? raw(part, asker) : figures(part, asker, false);
      return h("div", {}, about, sound(part, asker), rest);
    }
    case "array":
      return h("div", {}, about, beside(part, asker));
    case "bytes":
      return h("div", {}, about, hex(part.path, part.size ?? 0, asker));
    default:
      return said(part.text, { class: "at-scalar" });
  }
}

function beside(part: Part, asker: Asker): HTMLElement {
  const numbers = figures(part, asker, true);
  return part.plane
    ? h("div", { class: "at-beside" }, picture(part, asker), numbers)
    : numbers;
}

/** The bytes of a file that is shown in its own way, folded. */
function raw(part: Part, asker: Asker): HTMLElement {
  const summary = h("summary", { ...SUPPRESS }, "Bytes");
  const fold = h("details", { class: "at-raw" }, summary);
  const open = () => fold.append(hex(part.path, part.size ?? 0, asker));
  fold.addEventListener("toggle", open, { once: true });
  return fold;
}
