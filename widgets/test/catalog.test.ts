import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Catalog } from "../src/catalog";
import { Channel } from "../src/channel";
import { FakeModel, listing, settled } from "./fakes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const model = new FakeModel();
  const searched: string[] = [];
  const catalog = new Catalog(new Channel(model), {
    search: (query) => searched.push(query),
    open: () => {},
    listed: () => {},
  });
  document.body.replaceChildren(catalog.element);
  // happy-dom lays nothing out, so the list is given the height it would have.
  const list = catalog.element.querySelector(".at-list") as HTMLElement;
  Object.defineProperty(list, "clientHeight", { value: 490 });
  const input = catalog.element.querySelector("input") as HTMLInputElement;
  const type = (text: string) => {
    input.value = text;
    input.dispatchEvent(new Event("input"));
    vi.runAllTimers();
  };
  const shown = () =>
    [...catalog.element.querySelectorAll(".at-item b")].map((name) => name.textContent);
  return { model, catalog, searched, type, shown };
}

test("a first page is shown without asking", () => {
  const { model, catalog, shown } = start();
  catalog.begin("", listing(["digits", "wine"]), undefined);
  expect(shown()).toEqual(["digits", "wine"]);
  expect(model.asked).toEqual([]);
});

test("late answers to old queries are dropped", async () => {
  const { model, catalog, type, shown } = start();
  catalog.begin("", listing(["digits"]), undefined);
  type("a");
  type("ab");
  await model.answer(1, listing(["about"], { query: "ab" }));
  await model.answer(0, listing(["a late one"], { query: "a" }));
  expect(shown()).toEqual(["about"]);
});

test("fast typing is one search", () => {
  const { model, catalog, searched } = start();
  catalog.begin("", listing(["digits"]), undefined);
  const input = catalog.element.querySelector("input") as HTMLInputElement;
  for (const text of ["d", "di", "dig"]) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }
  vi.runAllTimers();
  expect(model.asked.map((request) => request["query"])).toEqual(["dig"]);
  expect(searched).toEqual(["dig"]);
});

test("an index that cannot search is asked to go on until it is through", async () => {
  const { model, catalog, type, shown } = start();
  catalog.begin("", listing(["digits"]), undefined);
  type("rare");
  await model.answer(-1, listing([], { total: null, done: false, looked: 5_000 }));
  expect(catalog.element.textContent).toContain("5,000 looked through");
  await model.answer(-1, listing(["rare one"], { looked: 7_000 }));
  expect(shown()).toEqual(["rare one"]);
  expect(model.asked).toHaveLength(2);
});

test("a failure is said in place and can be retried", async () => {
  const { model, catalog, shown } = start();
  catalog.begin("", undefined, new Error("the index is gone"));
  expect(catalog.element.textContent).toContain("the index is gone");
  (catalog.element.querySelector("button") as HTMLButtonElement).click();
  expect(model.asked[0]).toMatchObject({ kind: "list", fresh: true });
  await model.answer(0, listing(["back again"]));
  expect(shown()).toEqual(["back again"]);
});

test("an empty index and a search without a match are told apart", async () => {
  const { model, catalog, type } = start();
  catalog.begin("", listing([]), undefined);
  expect(catalog.element.textContent).toContain("No datasets here yet.");
  type("x");
  await model.answer(-1, listing([], { query: "x" }));
  expect(catalog.element.textContent).toContain("No dataset matches “x”.");
});

test("scrolling asks for the pages that come into view, once", async () => {
  const { model, catalog } = start();
  catalog.begin(
    "",
    listing(
      Array.from({ length: 50 }, (_, i) => `d${i}`),
      { total: 100_000 },
    ),
    undefined,
  );
  const list = catalog.element.querySelector(".at-list") as HTMLElement;
  list.scrollTop = 49 * 50_020;
  list.dispatchEvent(new Event("scroll"));
  list.dispatchEvent(new Event("scroll"));
  expect(model.asked.map((request) => request["offset"])).toEqual([50_000]);
  await settled();
});
