/** Numbers of an array: facts in a line, how they are spread, the first of them. */

import { h, said, svg } from "../dom";
import { curvePoints } from "../plots";
import type { Asker } from "./asker";
import { trouble } from "./trouble";
import type { Numbers, Part } from "./wire";

const WIDE = 600;

export function figures(part: Part, asker: Asker, withCurve: boolean): HTMLElement {
  const place = h("div", { class: "at-figures" });
  const load = () =>
    asker.ask(
      "numbers",
      { path: part.path },
      ({ value }) => place.replaceChildren(...drawn(value, withCurve)),
      (error) => place.replaceChildren(trouble(error, load)),
    );
  asker.whenSeen(place, load);
  return place;
}

function drawn(numbers: Numbers, withCurve: boolean): HTMLElement[] {
  const facts = numbers.facts.map(([label, value]) =>
    h("div", {}, h("dt", {}, label), h("dd", {}, value)),
  );
  const parts: (HTMLElement | null)[] = [
    withCurve && numbers.curve.length > 1 ? plot(numbers.curve, 90) : null,
    facts.length ? h("dl", { class: "at-stats" }, ...facts) : null,
    numbers.histogram && spread(numbers.histogram),
    numbers.basis ? h("small", {}, numbers.basis) : null,
    numbers.head
      ? h("div", { class: "at-elements" }, h("small", {}, "first elements"), said(numbers.head))
      : null,
  ];
  return parts.filter((part) => part !== null);
}

/** A curve as wide as there is room. */
export function plot(heights: readonly number[], tall: number): HTMLElement {
  const line = svg("polyline", {
    points: curvePoints(heights, WIDE, tall),
    fill: "none",
    stroke: "currentColor",
    "vector-effect": "non-scaling-stroke",
  });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${tall}`, preserveAspectRatio: "none", role: "img", "aria-label": "curve" },
    line,
  );
  const frame = h("div", { class: "at-plot" });
  frame.style.height = `${tall}px`;
  frame.append(drawing);
  return frame;
}

function spread(histogram: NonNullable<Numbers["histogram"]>): HTMLElement {
  const { counts, low, high } = histogram;
  const most = Math.max(1, ...counts);
  const step = WIDE / counts.length;
  const bars = counts.map((n, i) => {
    const tall = n && Math.max(1, (n / most) * 44);
    const box = { x: i * step, y: 44 - tall, width: Math.max(1, step - 1), height: tall };
    return svg("rect", { ...box }, svg("title", {}, `${n.toLocaleString("en-US")}`));
  });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDE} 44`, preserveAspectRatio: "none", role: "img", "aria-label": `histogram from ${low} to ${high}` },
    ...bars,
  );
  const frame = h("div", { class: "at-spread" });
  frame.append(drawing, h("div", { class: "at-ends" }, h("small", {}, low), h("small", {}, high)));
  return frame;
}
