/** Which rows of a virtual list are in view. */

export interface Span {
  first: number;
  last: number;
}

/** Places of the rows to draw, some more than can be seen on each side; last < first for none. */
export function inView(top: number, height: number, row: number, length: number, spare = 6): Span {
  const first = Math.max(0, Math.floor(top / row) - spare);
  const last = Math.min(length - 1, Math.ceil((top + height) / row) + spare);
  return { first, last };
}

/** The scroll position that brings a row into view with the least movement. */
export function reveal(place: number, top: number, height: number, row: number): number {
  if (place * row < top) return place * row;
  return Math.max(top, (place + 1) * row - height);
}
