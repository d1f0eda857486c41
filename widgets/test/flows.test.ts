import { describe, expect, it } from "vitest";

import { Channel } from "../src/channel";
import { progress, size } from "../src/flows/amounts";
import { Asker } from "../src/flows/asker";
import { planView } from "../src/flows/plan";
import { resultView } from "../src/flows/result";
import { StepList } from "../src/flows/steps";
import type { Plan, Result, Step } from "../src/flows/wire";
import { FakeModel, settled } from "./fakes";

const shard = (place: number, more: Partial<Step> = {}): Step => ({
  id: `shard-${place}`,
  kind: "shard",
  title: `Shard ${place + 1}`,
  detail: "",
  note: "24 MB",
  reused: false,
  bytes: 24_000_000,
  ...more,
});

const plan = (more: Partial<Plan> = {}): Plan => ({
  kind: "promote",
  title: "Promote digits 1.0.0",
  confirm: "Publish",
  extent: "",
  steps: [shard(0)],
  leftOut: 0,
  size: "",
  bytes: 24_000_000,
  public: [["name", "digits"]],
  record: "{}",
  warnings: [],
  blockers: [],
  done: false,
  ...more,
});

const text = (element: Element) => element.textContent?.replaceAll("\u00a0", " ");

describe("amounts", () => {
  it("are said as the kernel says them", () => {
    expect([size(1), size(999), size(61_234), size(1_100_000)]).toEqual([
      "1 byte",
      "999 bytes",
      "61 KB",
      "1.1 MB",
    ]);
  });

  it("name a unit once where it is the same", () => {
    expect(progress(14_900_000, 24_000_000)).toBe("14.9 of 24 MB");
    expect(progress(900_000, 24_000_000)).toBe("900 KB of 24 MB");
  });
});

describe("asking a desk", () => {
  it("looks at an errand until it is done", async () => {
    const model = new FakeModel();
    const asked = new Asker(new Channel(model), "key").ask("plan", { form: {}, columns: [] });
    await model.answer("flow", -1, { done: false, errand: 7 });
    expect(model.asked.at(-1)).toMatchObject({ key: "key", ask: { kind: "look", errand: 7 } });
    await model.answer("flow", -1, { done: false, errand: 7 });
    await model.answer("flow", -1, { done: true, number: 1 });
    expect(await asked).toMatchObject({ number: 1 });
    expect(model.asked.length).toBe(3);
  });

  it("fails as the kernel fails", async () => {
    const model = new FakeModel();
    const asked = new Asker(new Channel(model)).ask("begin", {});
    const caught = asked.catch((error: Error) => error.message);
    await model.refuse("flow", -1, "the server does not answer");
    await settled();
    expect(await caught).toBe("the server does not answer");
  });
});

describe("steps", () => {
  it("show how far a shard is, with rate and time left", () => {
    const list = new StepList([shard(0), shard(1, { reused: true, note: "24 MB · reused" })]);
    const news = { state: "progress", done: 14_900_000, total: 24_000_000, text: "" } as const;
    list.update({ "shard-0": news }, "31 MB/s · 1 s left");
    const [first, second] = list.element.children;
    expect(text(first!)).toContain("14.9 of 24 MB · 31 MB/s · 1 s left");
    expect(first!.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")).toBe("62");
    expect(text(second!)).toContain("✓");
    expect(list.moved?.text).toBe("14.9 of 24 MB");
  });

  it("of a thousand shards share one line", () => {
    const list = new StepList(Array.from({ length: 1_000 }, (_, place) => shard(place)));
    expect(list.element.children.length).toBe(1);
    expect(list.element.querySelectorAll("details li").length).toBe(501);
    list.update({ "shard-0": { state: "finished", done: 24e6, total: 24e6, text: "" } }, "");
    list.update({ "shard-1": { state: "started", done: 0, total: 24e6, text: "" } }, "9 MB/s");
    expect(text(list.element)).toContain("24.0 MB of 24 GB · 1 done · 9 MB/s");
  });

  it("count samples where samples are written", () => {
    const list = new StepList([shard(0, { id: "write", kind: "write" })]);
    list.update({ write: { state: "progress", done: 1_500, total: 3_000, text: "" } }, "");
    expect(text(list.element)).toContain("1,500 of 3,000 samples");
  });
});

describe("a plan", () => {
  it("says what blocks before what only warns, and not what the form says already", () => {
    const view = planView(
      plan({
        warnings: [
          { kind: "license", text: "there is no license", remedy: "" },
          { kind: "personal", text: "a field looks personal", remedy: "leave it out" },
        ],
        blockers: [{ kind: "name", text: "that is no name", remedy: "" }],
      }),
      new Set(["license"]),
    );
    const rows = [...view.querySelectorAll(".at-told li")].map(text);
    expect(rows).toEqual(["✗That is no name.", "!A field looks personal.Leave it out."]);
  });

  it("never makes markup of a stranger's words", () => {
    const evil = "<img src=x onerror=alarm()>";
    const view = planView(
      plan({ public: [[evil, evil]], record: evil, steps: [shard(0, { title: evil })] }),
      new Set(),
    );
    expect(view.querySelector("img")).toBeNull();
    expect(text(view)).toContain(evil);
  });
});

describe("a result", () => {
  const result: Result = {
    title: "Published",
    uri: "at://did:plc:x/y/z",
    url: "",
    code: "at.load_dataset()",
    changed: true,
    sent: "",
    verdict: null,
  };

  it("links only what a browser may open", () => {
    const view = (url: string) => resultView({ ...result, url }, "promote");
    expect(view("https://example.org/x").querySelector("a")?.rel).toContain("noopener");
    expect(view("javascript:alarm()").querySelector("a")).toBeNull();
  });
});
