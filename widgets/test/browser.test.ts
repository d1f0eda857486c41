import { expect, test } from "vitest";
import browser from "../src/browser";
import { FakeModel, item, listing } from "./fakes";

const TABLE = {
  columns: [{ name: "n", type: "int", note: "", numeric: true, histogram: null }],
  rows: [[{ kind: "number", text: "7" }]],
  caption: "All 1 sample",
  faults: [],
};
const overview = (name: string) => ({
  item: item(name),
  description: "",
  facts: [],
  metadata: [],
  shards: [],
  shardCount: 0,
  place: "local",
  code: "",
});

function start(state: Record<string, unknown> = {}) {
  const model = new FakeModel({
    query: "",
    chosen: "",
    tab: "samples",
    first: listing(["digits", "wine"]),
    ...state,
  });
  const el = document.createElement("div");
  document.body.replaceChildren(el);
  const end = browser.render({ model, el });
  return { model, el, end };
}

test("a click chooses a dataset and shows its samples", async () => {
  const { model, el } = start();
  (el.querySelector(".at-item b") as HTMLElement).click();
  expect(model.saved["chosen"]).toBe("key of digits");
  expect(model.asked[0]).toMatchObject({ kind: "samples", key: "key of digits" });
  await model.answer(0, TABLE);
  expect(el.querySelector("tbody")?.textContent).toContain("7");
  expect(el.querySelector("h3")?.textContent).toContain("digits");
});

test("samples of a dataset that is no longer chosen are dropped", async () => {
  const { model, el } = start();
  const [first, second] = el.querySelectorAll<HTMLElement>(".at-item b");
  first?.click();
  second?.click();
  await model.answer(1, { ...TABLE, caption: "of wine" });
  await model.answer(0, { ...TABLE, caption: "of digits" });
  expect(el.querySelector(".at-samples footer")?.textContent).toContain("of wine");
});

test("a choice made in the kernel is shown, in the list or not", async () => {
  const { model, el } = start();
  model.set("chosen", "key of far");
  await model.answer(0, overview("far"));
  expect(el.querySelector("h3")?.textContent).toContain("far");
});

test("a failure in a tab can be retried there", async () => {
  const { model, el } = start({ chosen: "key of digits" });
  await model.refuse(-1, "shard digits-000000.tar is gone");
  expect(el.querySelector("[role=alert]")?.textContent).toContain("digits-000000.tar is gone");
  (el.querySelector("[role=alert] button") as HTMLButtonElement).click();
  await model.answer(-1, TABLE);
  expect(el.querySelector("[role=alert]")).toBeNull();
});

test("the arrow keys turn the tabs", () => {
  const { model, el } = start({ chosen: "key of digits" });
  const tab = el.querySelector("[role=tab][aria-selected=true]") as HTMLElement;
  tab.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
  expect(model.saved["tab"]).toBe("schema");
  expect(model.asked.at(-1)?.kind).toBe("schema");
});

test("a query set in the kernel is searched for, and not twice", () => {
  const { model } = start();
  model.set("query", "wine");
  model.set("query", "wine");
  expect(model.asked.filter(({ kind }) => kind === "list")).toHaveLength(1);
});

test("a first page of another query than the current one is not shown", () => {
  const { model } = start({ query: "other" });
  expect(model.asked[0]).toMatchObject({ kind: "list", query: "other" });
});

test("a view that is gone hears nothing", async () => {
  const { model, el, end } = start({ chosen: "key of digits" });
  end();
  await model.answer(-1, TABLE);
  expect(el.querySelector(".at-samples")).toBeNull();
});
