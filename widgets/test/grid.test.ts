import { columnFromArray, tableFromColumns, tableToIPC } from "@uwdata/flechette";
import { describe, expect, it } from "vitest";
import { Channel } from "../src/channel";
import { marked } from "../src/grid/box";
import { outline, points } from "../src/grid/cells";
import * as measures from "../src/grid/measures";
import { readRows } from "../src/grid/rows";
import { Store } from "../src/grid/store";
import type { Extent, GridColumn } from "../src/grid/wire";
import { basis, found, rowsInView, told } from "../src/grid/words";
import { FakeModel, settled } from "./fakes";

const column = (kind: string, name = "a"): GridColumn => ({ name, kind, type: "int" });
const extent = (more: Partial<Extent> = {}): Extent => ({
  known: 1_000,
  whole: true,
  read: 1_000,
  broken: 0,
  waiting: false,
  done: true,
  full: false,
  ...more,
});

describe("measures", () => {
  it("a table of numbers has low rows, one with pictures has high ones", () => {
    expect(measures.rowHeight([column("number"), column("text")])).toBe(28);
    expect(measures.rowHeight([column("number"), column("image")])).toBe(43);
  });

  it("columns fill the width, and text is widened first", () => {
    const widths = measures.widths([column("number"), column("text"), column("bool")], 700);
    expect(widths).toEqual([126, 462, 112]);
    expect(measures.widths([column("number"), column("number")], 600)).toEqual([126, 474]);
    expect(measures.widths([column("text"), column("text")], 100)).toEqual([230, 230]);
  });

  it.each([100, 50_000, 1_000_000])("scrolling to a row of %i and back is exact", (rows) => {
    const frame = { rows, row: 28, height: 400 };
    for (const place of [0, 1, 17, Math.floor(rows / 2), rows - 14]) {
      const top = measures.topOf(place, frame);
      expect(measures.firstAt(top, frame)).toBeCloseTo(place, 0);
      expect(top).toBeLessThanOrEqual(1e7);
    }
  });

  it("rows that fit need no place behind the last", () => {
    expect(measures.spare({ rows: 5, row: 43, height: 400 })).toBe(0);
    expect(measures.spare({ rows: 50, row: 43, height: 400 })).toBe(1);
    expect(measures.spare({ rows: 50, row: 28, height: 400 })).toBe(2);
  });
});

describe("words", () => {
  it("say what statistics are based on", () => {
    expect(basis(extent(), true)).toBe("statistics over all 1,000 samples");
    expect(basis(extent({ broken: 2 }), true)).toContain("2 of them cannot be read");
    expect(basis(extent({ read: 64, done: false }), true)).toBe(
      "statistics over the first 64, reading on",
    );
    expect(basis(extent({ read: 20, known: 20, whole: false, waiting: true }), false)).toBe(
      "statistics over the first 20; only they are read",
    );
    expect(basis(extent({ read: 0 }), true)).toBe("");
  });

  it("say how many match, and of how many", () => {
    const view = { query: "n > 3", sort: -1, down: false };
    const read = { view: 1, count: 12, looked: 1_000, caughtUp: true, told: false };
    const matched = { ...extent(), ...read };
    expect(found(extent(), matched, view)).toBe("12 of 1,000 match");
    const part = { ...matched, looked: 64 };
    expect(found(extent({ read: 64 }), part, view)).toBe("12 of the first 64 match");
    const all = { ...matched, looked: 5_000, told: true };
    expect(found(extent({ read: 20, known: 5_000 }), all, view)).toBe("12 of 5,000 match");
    expect([told(all), told(part)]).toEqual(["filter over all samples, by their manifests", ""]);
    expect(found(extent({ whole: false, known: 20 }), undefined, view)).toBe("first 20 samples");
  });

  it("say which rows are in view", () => {
    expect(rowsInView({ y0: 8, y1: 16 }, 2_000, false)).toBe("Rows 8–15 of 2,000");
    expect(rowsInView({ y0: 0, y1: 0 }, 0, true)).toBe("No sample matches");
  });
});

describe("the filter box", () => {
  it("marks the word that is not understood", () => {
    const [code, line] = marked("label = 3", { text: "why", position: 6 });
    expect(code?.querySelector("mark")?.textContent).toBe("=");
    expect(code?.textContent).toBe("label = 3");
    expect(line?.textContent).toBe("why");
  });

  it("marks the end where something is missing", () => {
    const [code] = marked("label ==", { text: "why", position: 8 });
    expect(code?.querySelector("mark")?.textContent).toBe("\u00a0");
  });

  it("shows markup as text", () => {
    const [code] = marked("<img src=x>", { text: "<b>no</b>", position: 0 });
    expect(code?.querySelector("img, b")).toBeNull();
  });
});

describe("curves", () => {
  it("go from the lowest to the highest byte", () => {
    expect(points(new Uint8Array([0, 255]), 10, 22)).toBe("0.0,21.0 10.0,1.0");
  });

  it("a sound's outline takes heights in pairs", () => {
    expect(outline(new Uint8Array([255, 0, 128, 128]), 4, 20)).toBe("M1.0,0.0V20.0M3.0,10.0V11.0");
  });
});

describe("rows", () => {
  it("are read from Arrow", () => {
    const table = tableFromColumns({
      row: columnFromArray([7]),
      fault: columnFromArray(["why"]),
      "0": columnFromArray([{ kind: 1, text: "3.5" }]),
    });
    const bytes = tableToIPC(table, { format: "stream" });
    if (!bytes) throw new Error("nothing written");
    const [row] = readRows(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 1);
    expect(row?.number).toBe(7);
    expect(row?.fault).toBe("why");
    expect(row?.cells[0]).toMatchObject({ kind: "number", text: "3.5", note: "" });
  });
});

describe("the store", () => {
  function store(count: number) {
    const model = new FakeModel();
    const failures: unknown[] = [];
    const made = new Store(new Channel(model), "k", {
      arrived: () => undefined,
      failed: (error) => failures.push(error),
    });
    made.columns = 40;
    made.turn(0, count);
    return { model, made, failures };
  }

  it("asks for the blocks in view, two at a time", () => {
    const { model, made } = store(1_000);
    made.want({ x0: 0, y0: 10, x1: 17, y1: 45 });
    expect(model.asked.map(({ start, first, last }) => [start, first, last])).toEqual([
      [0, 0, 16],
      [0, 16, 32],
    ]);
  });

  it("asks for nothing that has left the view", async () => {
    const { model, made } = store(1_000);
    made.want({ x0: 0, y0: 0, x1: 4, y1: 100 });
    made.want({ x0: 0, y0: 900, x1: 4, y1: 910 });
    await model.answer("rows", 0, { ...extent(), start: 0, count: 20, wanted: 20 });
    expect(model.asked.map(({ start }) => start)).toEqual([0, 20, 900]);
  });

  it("asks for the rest of a block that came short", async () => {
    const { model, made } = store(1_000);
    made.want({ x0: 0, y0: 0, x1: 4, y1: 10 });
    await model.answer("rows", 0, { ...extent(), start: 0, count: 3, wanted: 20 });
    expect(model.asked).toHaveLength(2);
    expect(model.asked[1]).toMatchObject({ start: 0, count: 20 });
  });

  it("stops at a failure and goes on when told to", async () => {
    const { model, made, failures } = store(1_000);
    made.want({ x0: 0, y0: 0, x1: 4, y1: 10 });
    await model.refuse("rows", 0, "gone");
    made.want({ x0: 0, y0: 0, x1: 4, y1: 10 });
    expect(failures).toHaveLength(1);
    expect(model.asked).toHaveLength(1);
    made.retry();
    await settled();
    expect(model.asked).toHaveLength(2);
  });
});
