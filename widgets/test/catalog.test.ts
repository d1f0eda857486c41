import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Catalog } from "../src/catalog";
import { Channel } from "../src/channel";
import { FakeModel, listing, settled, wanted } from "./fakes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const model = new FakeModel();
  const searched: string[] = [];
  const catalog = new Catalog(new Channel(model), {
    wanted: ({ query }) => searched.push(query),
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
    vi.advanceTimersByTime(1_000);
  };
  const shown = () =>
    [...catalog.element.querySelectorAll(".at-item b")].map((name) => name.textContent);
  return { model, catalog, searched, type, shown };
}

test("a first page is shown without asking", () => {
  const { model, catalog, shown } = start();
  catalog.begin(wanted(), listing(["digits", "wine"]), undefined);
  expect(shown()).toEqual(["digits", "wine"]);
  expect(model.of("list")).toEqual([]);
});

test("late answers to old queries are dropped", async () => {
  const { model, catalog, type, shown } = start();
  catalog.begin(wanted(), listing(["digits"]), undefined);
  type("a");
  type("ab");
  await model.answer("list", 1, listing(["about"], { query: "ab" }));
  await model.answer("list", 0, listing(["a late one"], { query: "a" }));
  expect(shown()).toEqual(["about"]);
});

test("fast typing is one search", () => {
  const { model, catalog, searched } = start();
  catalog.begin(wanted(), listing(["digits"]), undefined);
  const input = catalog.element.querySelector("input") as HTMLInputElement;
  for (const text of ["d", "di", "dig"]) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }
  vi.advanceTimersByTime(1_000);
  expect(model.of("list").map((request) => request["query"])).toEqual(["dig"]);
  expect(searched).toEqual(["dig"]);
});

test("an index that cannot search is asked to go on until it is through", async () => {
  const { model, catalog, type, shown } = start();
  catalog.begin(wanted(), listing(["digits"]), undefined);
  type("rare");
  await model.answer("list", -1, listing([], { total: null, done: false, looked: 5_000 }));
  expect(catalog.element.textContent).toContain("5,000 looked through");
  await model.answer("list", -1, listing(["rare one"], { looked: 7_000 }));
  expect(shown()).toEqual(["rare one"]);
  expect(model.of("list")).toHaveLength(2);
});

test("a failure is said in place and can be retried", async () => {
  const { model, catalog, shown } = start();
  catalog.begin(wanted(), undefined, new Error("the index is gone"));
  expect(catalog.element.textContent).toContain("the index is gone");
  (catalog.element.querySelector(".at-state button") as HTMLButtonElement).click();
  expect(model.of("list")[0]).toMatchObject({ fresh: true });
  await model.answer("list", 0, listing(["back again"]));
  expect(shown()).toEqual(["back again"]);
});

test("an empty index and a search without a match are told apart", async () => {
  const { model, catalog, type } = start();
  catalog.begin(wanted(), listing([]), undefined);
  expect(catalog.element.textContent).toContain("No datasets here yet.");
  type("x");
  await model.answer("list", -1, listing([], { query: "x" }));
  expect(catalog.element.textContent).toContain("No dataset matches “x”.");
});

test("scrolling asks for the pages that come into view, once", async () => {
  const { model, catalog } = start();
  catalog.begin(
    wanted(),
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
  expect(model.of("list").map((request) => request["offset"])).toEqual([50_000]);
  await settled();
});

const TALLY = {
  counts: {
    place: [["local", "local", 2] as const, ["s3", "s3", 1] as const],
    schema: [],
    tag: [["images", "images", 3] as const],
    license: [],
  },
  total: 3,
  counted: 0,
  done: true,
};

test("facets are counted once the list is there, and narrow it", async () => {
  const { model, catalog } = start();
  catalog.begin(wanted(), listing(["digits", "wine"]), undefined);
  vi.advanceTimersByTime(1_000);
  await model.answer("facets", 0, TALLY);
  const chips = [...catalog.element.querySelectorAll<HTMLElement>(".at-places button")];
  expect(chips.map((chip) => chip.textContent)).toEqual(["all", "local 2", "s3 1"]);
  chips[2]?.click();
  expect(model.of("list").at(-1)).toMatchObject({ facets: { place: "s3" }, offset: 0 });
  const chosen = catalog.element.querySelector(".at-places [aria-checked=true]");
  expect(chosen?.textContent).toBe("s3 1");
});

test("counts that are not final are asked for again", async () => {
  const { model, catalog } = start();
  catalog.begin(wanted(), listing(["digits"]), undefined);
  vi.advanceTimersByTime(1_000);
  await model.answer("facets", 0, { ...TALLY, done: false });
  expect(model.of("facets")).toHaveLength(2);
  await model.answer("facets", 1, TALLY);
  expect(model.of("facets")).toHaveLength(2);
});

test("another order and other things are other lists", async () => {
  const { model, catalog } = start();
  catalog.begin(wanted(), listing(["digits"]), undefined);
  const sort = catalog.element.querySelector<HTMLSelectElement>("[aria-label=Order]");
  if (sort) sort.value = "-size";
  sort?.dispatchEvent(new Event("change"));
  expect(model.of("list").at(-1)).toMatchObject({ order: "-size" });
  catalog.element.querySelectorAll<HTMLElement>(".at-switch button")[1]?.click();
  expect(model.of("list").at(-1)).toMatchObject({ listed: "schemas", order: "", facets: {} });
});

test("what is missing is said beside what is there, with a way to try again", async () => {
  const { model, catalog, shown } = start();
  const notes: [string, string][] = [["NetworkIndex", "relay.example does not answer"]];
  catalog.begin(wanted(), listing(["digits"], { notes }), undefined);
  expect(shown()).toEqual(["digits"]);
  const alert = catalog.element.querySelector("[role=alert]");
  expect(alert?.textContent).toContain("relay.example does not answer");
  alert?.querySelector("button")?.click();
  expect(model.of("list").at(-1)).toMatchObject({ fresh: true });
});
