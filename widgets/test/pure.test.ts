import { expect, test } from "vitest";
import { summary } from "../src/catalog";
import { count, dataUri } from "../src/format";
import { Pages } from "../src/pages";
import { curvePoints } from "../src/plots";
import { inView, reveal } from "../src/span";
import { listing, wanted } from "./fakes";

test("the rows in view are drawn, with some to spare", () => {
  expect(inView(0, 490, 49, 100_000)).toEqual({ first: 0, last: 16 });
  expect(inView(4_900, 490, 49, 100_000)).toEqual({ first: 94, last: 116 });
  expect(inView(0, 490, 49, 3)).toEqual({ first: 0, last: 2 });
});

test("an empty list has no rows in view", () => {
  const { first, last } = inView(0, 490, 49, 0);
  expect(last).toBeLessThan(first);
});

test("a row is brought into view with the least movement", () => {
  expect(reveal(0, 490, 490, 49)).toBe(0);
  expect(reveal(12, 490, 490, 49)).toBe(490);
  expect(reveal(25, 490, 490, 49)).toBe(26 * 49 - 490);
});

test("a curve fills its box", () => {
  expect(curvePoints([0, 1], 10, 12)).toBe("0.0,11.0 10.0,1.0");
});

test("bytes become an address, many of them too", () => {
  const bytes = new Uint8Array(200_000).fill(65);
  expect(dataUri(new DataView(bytes.buffer, 1, 3))).toBe("data:image/png;base64,QUFB");
  expect(dataUri(new DataView(bytes.buffer))).toHaveLength(22 + 266_668);
});

test("numbers have their noun", () => {
  expect([count(1, "shard"), count(1_797, "sample")]).toEqual(["1 shard", "1,797 samples"]);
});

test("the line under the list says how much of it this is", () => {
  const say = (query: string, more: Partial<ReturnType<typeof listing>>) => {
    const pages = new Pages(wanted(query));
    const page = listing(["a"], more);
    pages.put(page);
    return summary(pages, page);
  };
  expect(say("", { total: 100_240 })).toBe("100,240 datasets");
  expect(say("x", { total: 1 })).toBe("1 dataset found");
  expect(say("x", { total: null, done: false, looked: 5_000 })).toBe(
    "1 dataset so far, 5,000 looked through…",
  );
});
