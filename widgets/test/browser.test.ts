import { expect, test } from "vitest";
import browser from "../src/browser";
import { FakeModel, item, listing } from "./fakes";

const schema = (name: string) => ({
  name,
  version: "1.0.0",
  ref: `atdata://local/sampleSchema/${name}@1.0.0`,
  description: `of ${name}`,
  fields: [],
  leftOut: 0,
  fault: "",
  raw: "",
  versions: [],
  lenses: [],
  picture: null,
});
const overview = (name: string) => ({
  item: item(name),
  description: "",
  facts: [],
  metadata: [],
  actions: [],
  shardCount: 0,
  place: "local",
  code: "",
});

function start(state: Record<string, unknown> = {}) {
  const model = new FakeModel({
    query: "",
    chosen: "",
    tab: "schema",
    first: listing(["digits", "wine"]),
    ...state,
  });
  const el = document.createElement("div");
  document.body.replaceChildren(el);
  const end = browser.render({ model, el });
  return { model, el, end };
}

test("a click chooses a dataset and shows what it is", async () => {
  const { model, el } = start();
  (el.querySelector(".at-item b") as HTMLElement).click();
  expect(model.saved["chosen"]).toBe("key of digits");
  expect(model.of("schema")[0]).toMatchObject({ key: "key of digits" });
  await model.answer("schema", 0, schema("Digit"));
  expect(el.querySelector(".at-page")?.textContent).toContain("of Digit");
  expect(el.querySelector("h3")?.textContent).toContain("digits");
});

test("answers about a dataset that is no longer chosen are dropped", async () => {
  const { model, el } = start();
  const [first, second] = el.querySelectorAll<HTMLElement>(".at-item b");
  first?.click();
  second?.click();
  await model.answer("schema", 1, schema("wine"));
  await model.answer("schema", 0, schema("digits"));
  expect(el.querySelector(".at-page")?.textContent).toContain("of wine");
});

test("a choice made in the kernel is shown, in the list or not", async () => {
  const { model, el } = start();
  model.set("chosen", "key of far");
  await model.answer("overview", 0, overview("far"));
  expect(el.querySelector("h3")?.textContent).toContain("far");
});

test("a failure in a tab can be retried there", async () => {
  const { model, el } = start({ chosen: "key of digits" });
  await model.refuse("schema", -1, "shard digits-000000.tar is gone");
  expect(el.querySelector("[role=alert]")?.textContent).toContain("digits-000000.tar is gone");
  (el.querySelector("[role=alert] button") as HTMLButtonElement).click();
  await model.answer("schema", -1, schema("Digit"));
  expect(el.querySelector("[role=alert]")).toBeNull();
});

test("the arrow keys turn the tabs", () => {
  const { model, el } = start({ chosen: "key of digits" });
  const tab = el.querySelector("[role=tab][aria-selected=true]") as HTMLElement;
  tab.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
  expect(model.saved["tab"]).toBe("overview");
  expect(model.of("overview")).toHaveLength(2);
});

test("a query set in the kernel is searched for, and not twice", () => {
  const { model } = start();
  model.set("query", "wine");
  model.set("query", "wine");
  expect(model.asked.filter(({ kind }) => kind === "list")).toHaveLength(1);
});

test("a first page of another query than the current one is not shown", () => {
  const { model } = start({ query: "other" });
  expect(model.of("list")[0]).toMatchObject({ query: "other" });
});

test("a view that is gone hears nothing", async () => {
  const { model, el, end } = start({ chosen: "key of digits" });
  end();
  await model.answer("schema", -1, schema("Digit"));
  expect(el.querySelector(".at-page")).toBeNull();
});
