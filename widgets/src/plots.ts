/** Tiny plots: the points of a curve in its box. */

const WIDTH = 72;
const HEIGHT = 20;

export function curvePoints(curve: readonly number[], width = WIDTH, height = HEIGHT): string {
  const step = curve.length > 1 ? width / (curve.length - 1) : 0;
  const inner = height - 2;
  return curve
    .map((y, i) => `${(i * step).toFixed(1)},${(1 + (1 - y) * inner).toFixed(1)}`)
    .join(" ");
}
