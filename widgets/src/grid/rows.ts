/** Rows as they arrive: an Arrow IPC page, each cell a struct of what is drawn. */

import { tableFromIPC } from "@uwdata/flechette";

/** By number, as `atdata_nb/widgets/samples/arrow.py` writes them. */
export const KINDS = [
  "missing",
  "number",
  "bool",
  "text",
  "bytes",
  "image",
  "audio",
  "array",
  "nested",
  "fault",
] as const;
export type CellKind = (typeof KINDS)[number];

export interface Cell {
  kind: CellKind;
  text: string;
  note: string;
  /** Heights within [0, 255]. */
  curve?: Uint8Array | undefined;
  picture?: Uint8Array | undefined;
  width: number;
  height: number;
}

export interface Row {
  number: number;
  /** Why it cannot be read; empty if it can. */
  fault: string;
  cells: Cell[];
}

interface Struct {
  kind: number;
  text: string;
  note?: string | null;
  curve?: Uint8Array | null;
  picture?: Uint8Array | null;
  width?: number;
  height?: number;
}

export function readRows(page: DataView, columns: number): Row[] {
  const table = tableFromIPC(new Uint8Array(page.buffer, page.byteOffset, page.byteLength));
  const numbers = table.getChild("row");
  const faults = table.getChild("fault");
  const parts = Array.from({ length: columns }, (_, i) => table.getChild(`${i}`));
  return Array.from({ length: table.numRows }, (_, i) => ({
    number: Number(numbers.at(i)),
    fault: (faults.at(i) as string | null) ?? "",
    cells: parts.map((part) => cellOf(part.at(i) as Struct)),
  }));
}

function cellOf(found: Struct): Cell {
  return {
    kind: KINDS[found.kind] ?? "fault",
    text: found.text,
    note: found.note ?? "",
    curve: found.curve ?? undefined,
    picture: found.picture ?? undefined,
    width: found.width ?? 0,
    height: found.height ?? 0,
  };
}
