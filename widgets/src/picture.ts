/** Lenses as a picture: schemas as boxes, arrows between them; a box leads to its schema. */

import { SUPPRESS, svg } from "./dom";
import type { Picture } from "./wire_browser";

export function picture(facts: Picture, here: string, go: (ref: string) => void): SVGElement {
  const { width, height } = facts;
  const arrows = facts.arrows.map(({ line, tip, label }) =>
    svg(
      "g",
      {},
      svg("title", {}, label),
      svg("path", { d: line }),
      svg("path", { class: "at-tip", d: tip }),
    ),
  );
  const labels = facts.arrows.map(({ x, y, label }) =>
    svg("text", { class: "at-dim", x, y, "font-size": 11, "text-anchor": "middle" }, label),
  );
  const boxes = facts.boxes.map((box) => drawn(box, here, go));
  return svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Lenses" },
    ...arrows,
    ...boxes,
    ...labels,
  );
}

function drawn(box: Picture["boxes"][number], here: string, go: (ref: string) => void): SVGElement {
  const { x, y, width, name, ref } = box;
  const rect = svg("rect", { x, y: y - 14, width, height: 28, rx: 5 });
  const middle = { x: x + width / 2, y: y + 4.5, "font-size": 13, "text-anchor": "middle" };
  const text = svg("text", middle, name);
  if (ref === here) return svg("g", { class: "at-here", "aria-current": "true" }, rect, text);
  const link = svg("g", { class: "at-box", role: "button", tabindex: 0, ...SUPPRESS }, rect, text);
  link.addEventListener("click", () => go(ref));
  link.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(ref);
  });
  return link;
}
