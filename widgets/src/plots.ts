/** Tiny plots, drawn as SVG with DOM calls. */

import { svg } from "./dom";
import type { Histogram } from "./wire";

const WIDTH = 72;
const HEIGHT = 20;

export function curvePoints(curve: readonly number[], width = WIDTH, height = HEIGHT): string {
  const step = curve.length > 1 ? width / (curve.length - 1) : 0;
  const inner = height - 2;
  return curve
    .map((y, i) => `${(i * step).toFixed(1)},${(1 + (1 - y) * inner).toFixed(1)}`)
    .join(" ");
}

export function curve(heights: readonly number[], label: string): SVGElement {
  return svg(
    "svg",
    {
      class: "at-curve",
      width: WIDTH,
      height: HEIGHT,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": label,
    },
    svg("polyline", { points: curvePoints(heights), fill: "none", stroke: "currentColor" }),
  );
}

export function bars(histogram: Histogram, width = 96, height = 20): SVGElement {
  const most = Math.max(1, ...histogram.counts);
  const step = width / histogram.counts.length;
  const rects = histogram.counts.map((n, i) => {
    const tall = n === 0 ? 0 : Math.max(1, (n / most) * height);
    return svg("rect", {
      x: (i * step).toFixed(1),
      y: (height - tall).toFixed(1),
      width: (step - 1).toFixed(1),
      height: tall.toFixed(1),
    });
  });
  const label = `from ${histogram.low} to ${histogram.high}`;
  const title = svg("title", {}, label);
  return svg(
    "svg",
    {
      class: "at-bars",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": label,
    },
    title,
    ...rects,
  );
}
