/** Words: what the lines around the table say. */

import type { Extent, Matched, View } from "./wire";

export function amount(value: number): string {
  return value.toLocaleString("en-US");
}

/** Which rows are in view. */
export function rowsInView(
  { y0, y1 }: { y0: number; y1: number },
  count: number,
  matched: boolean,
): string {
  if (count === 0) return matched ? "No sample matches" : "No samples";
  const last = Math.max(y0, y1 - 1);
  return `Rows ${amount(y0)}–${amount(last)} of ${amount(count)}`;
}

/** What statistics, filter and order are made from. */
export function basis(extent: Extent, random: boolean): string {
  const { read, known, whole, waiting, done, full, broken } = extent;
  if (read === 0) return "";
  const all = whole && read >= known;
  const but = broken ? `, ${amount(broken)} of them cannot be read` : "";
  if (all) return `statistics over all ${amount(read)} samples${but}`;
  const first = `statistics over the first ${amount(read)}`;
  if (full) return `${first}, as many as are held`;
  if (!done) return `${first}, reading on`;
  return waiting && !random ? `${first}; only they are read` : first;
}

/** What the filter is made from, where that is something else. */
export function told(matched: Matched | undefined): string {
  return matched?.told ? "filter over all samples, by their manifests" : "";
}

/** How many rows match. */
export function found(extent: Extent, matched: Matched | undefined, view: View): string {
  const { known, read, whole } = extent;
  if (!matched || view.query === "") return whole ? `${amount(known)} samples` : `first ${amount(known)} samples`;
  const all = matched.told || (whole && read >= known);
  return `${amount(matched.count)} of ${all ? "" : "the first "}${amount(matched.looked)} match`;
}
