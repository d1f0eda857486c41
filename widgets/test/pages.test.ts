import { expect, test } from "vitest";
import { PAGE, Pages } from "../src/pages";
import { listing, wanted } from "./fakes";

const names = (count: number) => Array.from({ length: count }, (_, i) => `dataset ${i}`);

test("the list is as long as its total", () => {
  const pages = new Pages(wanted());
  pages.put(listing(names(PAGE), { total: 100_000 }));
  expect(pages.length).toBe(100_000);
});

test("without a total there is room for a page more, until the last one", () => {
  const pages = new Pages(wanted());
  pages.put(listing(names(PAGE), { total: null }));
  expect(pages.length).toBe(2 * PAGE);
  pages.put(listing(names(7), { total: null, offset: PAGE }));
  expect(pages.length).toBe(PAGE + 7);
});

test("a page that is not whole says nothing about the end", () => {
  const pages = new Pages(wanted("rare"));
  pages.put(listing([], { total: null, done: false, looked: 5_000 }));
  expect(pages.isEmpty).toBe(false);
  pages.put(listing([], { total: 0, looked: 9_000 }));
  expect(pages.isEmpty).toBe(true);
});

test("only pages in view that have not arrived are missing", () => {
  const pages = new Pages(wanted());
  pages.put(listing(names(PAGE), { total: 1_000 }));
  expect(pages.missing(0, 40)).toEqual([]);
  expect(pages.missing(40, 60)).toEqual([50]);
  expect(pages.missing(975, 999)).toEqual([950]);
});

test("the short last page is not missing once it is there", () => {
  const pages = new Pages(wanted());
  pages.put(listing(names(3), { total: 53, offset: 50 }));
  expect(pages.missing(50, 60)).toEqual([]);
});

test("an item is found by its key and by its place", () => {
  const pages = new Pages(wanted());
  pages.put(listing(["a", "b"]));
  expect(pages.find("key of b")).toBe(pages.at(1));
});
