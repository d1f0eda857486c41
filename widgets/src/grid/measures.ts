/** Measures of the grid: widths, heights, and where a row is on a scroll bar. */

import type { GridColumn } from "./wire";

/** Height of the head in pixels; the stylesheet has it too. */
export const HEAD = 72;
export const LOW = 28;
export const HIGH = 43;

const PICTURED = new Set(["image", "audio", "array"]);
const WIDTHS: Record<string, number> = {
  number: 126,
  bool: 112,
  text: 230,
  image: 124,
  audio: 210,
  array: 200,
  bytes: 130,
  nested: 230,
  missing: 126,
  fault: 230,
};
const STRETCHY = new Set(["text", "nested"]);
/** A column of text is not made wider than this while others could be. */
const WIDEST = 480;
const LETTER = 7.4;

export function rowHeight(columns: readonly GridColumn[]): number {
  return columns.some(({ kind }) => PICTURED.has(kind)) ? HIGH : LOW;
}

/** Width of the numbers before the rows. */
export function gutter(rows: number): number {
  return Math.max(44, `${Math.max(rows - 1, 0)}`.length * 8 + 26);
}

/** Widths of all columns: by what is in them, and together at least `room` wide. */
export function widths(columns: readonly GridColumn[], room: number): number[] {
  const own = columns.map(({ kind, name, type }) => {
    const words = Math.max(name.length * LETTER, type.length * (LETTER - 1)) + 26;
    return Math.max(WIDTHS[kind] ?? 160, Math.min(words, 240));
  });
  let rest = room - own.reduce((sum, width) => sum + width, 0);
  if (rest <= 0) return own;
  const stretchy = columns.flatMap(({ kind }, i) => (STRETCHY.has(kind) ? [i] : []));
  for (const [done, i] of stretchy.entries()) {
    const share = Math.min(Math.floor(rest / (stretchy.length - done)), WIDEST - (own[i] ?? 0));
    own[i] = (own[i] ?? 0) + share;
    rest -= share;
  }
  // The lines between the rows go to the edge.
  if (own.length > 0) own[own.length - 1] = (own[own.length - 1] ?? 0) + rest;
  return own;
}

export interface Frame {
  /** Rows that can be scrolled through, and their height. */
  rows: number;
  row: number;
  /** Height of the place they are seen in, its head included. */
  height: number;
}

/** Higher elements are drawn wrong by browsers; regular-table scales beyond it. */
const TALLEST = navigator.userAgent.toLowerCase().includes("firefox") ? 5e6 : 1e7;

/** How many rows are wholly in view. */
export function inFull({ row, height }: Frame): number {
  return Math.max(1, Math.floor((height - HEAD) / row));
}

/**
 * Empty rows behind the last: the table counts its head as one row, and is higher than that; so
 * the last row would end below the edge.
 */
export function spare({ rows, row, height }: Frame): number {
  return HEAD + rows * row <= height ? 0 : Math.ceil((HEAD - row) / row);
}

function reach({ rows, row, height }: Frame): { pixels: number; rows: number } {
  const panel = Math.round(Math.min(TALLEST, (rows + 1) * row));
  return { pixels: Math.max(1, panel - height), rows: Math.max(0, rows - (height / row - 1)) };
}

/** The first row in view, at a scroll position; a fraction where it is cut. */
export function firstAt(top: number, frame: Frame): number {
  const all = reach(frame);
  return (all.rows * Math.max(Math.ceil(top), 0)) / all.pixels;
}

/** The scroll position at which a row is the first in view. */
export function topOf(first: number, frame: Frame): number {
  const all = reach(frame);
  return all.rows === 0 ? 0 : Math.ceil((first / all.rows) * all.pixels);
}
