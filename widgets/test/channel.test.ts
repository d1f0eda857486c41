import { expect, test, vi } from "vitest";
import { Channel, DOUBT, Lane, PATIENCE, Refusal } from "../src/channel";
import { watchConnection } from "../src/connection";
import { FakeModel } from "./fakes";

test("an answer reaches the request that has its number", async () => {
  const model = new FakeModel();
  const channel = new Channel(model);
  const first = channel.ask("overview", { key: "a" });
  const second = channel.ask("overview", { key: "b" });
  await model.answer("overview", 0, "for a");
  await model.answer("overview", 1, "for b");
  expect((await first).value).toBe("for a");
  expect((await second).value).toBe("for b");
});

test("a refusal carries the kernel's words", async () => {
  const model = new FakeModel();
  const asked = new Channel(model).ask("schema", { key: "a" });
  await model.refuse("schema", 0, "no such schema");
  await expect(asked).rejects.toThrow(new Refusal("KeyError", "no such schema"));
});

test("a lost connection refuses at once", async () => {
  const model = new FakeModel();
  model.broken = true;
  await expect(new Channel(model).ask("lines", {})).rejects.toThrow("cannot be reached");
});

test("messages for another view of the same model are let be", async () => {
  const model = new FakeModel();
  const [one, other] = [new Channel(model), new Channel(model)];
  const mine = one.ask("overview", { key: "mine" });
  void other.ask("overview", { key: "theirs" });
  expect(new Set(model.asked.map(({ id }) => id)).size).toBe(2);
  await model.answer("overview", 0, "mine");
  expect((await mine).value).toBe("mine");
});

test("only the newest ticket of a lane is valid", () => {
  const lane = new Lane();
  const old = lane.take();
  const fresh = lane.take();
  expect([old(), fresh()]).toEqual([false, true]);
});

test("a silent kernel is said once patience is at an end, and taken back by an answer", async () => {
  vi.useFakeTimers();
  const model = new FakeModel();
  const channel = new Channel(model);
  const root = document.createElement("div");
  document.body.append(root);
  const unwatch = watchConnection(model, channel, root);
  void channel.ask("overview", { key: "a" });
  vi.advanceTimersByTime(PATIENCE - 1);
  expect(root.textContent).toBe("");
  vi.advanceTimersByTime(1);
  expect(root.textContent).toContain("run this cell again");
  vi.useRealTimers();
  await model.answer("overview", 0, "late");
  expect(root.textContent).toBe("");
  unwatch();
});

test("what got lost with a connection is asked again, once the kernel is there", async () => {
  const model = new FakeModel();
  const channel = new Channel(model);
  watchConnection(model, channel, document.createElement("div"));
  const asked = channel.ask("overview", { key: "a" });
  model.emit("comm_live_update");
  await model.answer("ping", -1, {});
  expect(model.asked.map(({ kind }) => kind)).toEqual(["overview", "ping", "overview"]);
  await model.answer("overview", -1, "found");
  expect((await asked).value).toBe("found");
});

test("an answer says that what was asked before it got lost", async () => {
  const model = new FakeModel();
  const channel = new Channel(model);
  const first = channel.ask("overview", { key: "a" });
  const second = channel.ask("overview", { key: "b" });
  await model.answer("overview", 1, "for b");
  expect(model.asked.map(({ key }) => key)).toEqual(["a", "b", "a"]);
  await model.answer("overview", 2, "for a");
  expect([(await first).value, (await second).value]).toEqual(["for a", "for b"]);
});

test("a request that got lost is found out without anybody saying so", async () => {
  vi.useFakeTimers();
  const model = new FakeModel();
  const channel = new Channel(model);
  const asked = channel.ask("overview", { key: "a" });
  vi.advanceTimersByTime(DOUBT);
  const later = channel.ask("schema", { key: "a" });
  expect(model.asked.map(({ kind }) => kind)).toEqual(["overview", "ping", "schema"]);
  vi.useRealTimers();
  await model.answer("ping", 0, {});
  expect(model.asked.map(({ kind }) => kind)).toEqual(["overview", "ping", "schema", "overview"]);
  await model.answer("schema", 0, "too");
  await model.answer("overview", 1, "found");
  expect([(await asked).value, (await later).value]).toEqual(["found", "too"]);
});

test("the longer a kernel is busy, the fewer pings wait for it", () => {
  vi.useFakeTimers();
  const model = new FakeModel();
  const channel = new Channel(model);
  void channel.ask("overview", { key: "a" });
  vi.advanceTimersByTime(3_600_000);
  expect(model.of("overview")).toHaveLength(1);
  expect(model.of("ping").length).toBeLessThan(80);
  channel.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("what must not be done twice is refused if it gets lost", async () => {
  const model = new FakeModel();
  const channel = new Channel(model);
  const asked = channel.ask("flow", { key: "", ask: { kind: "run" } }, true);
  channel.probe();
  const answered = model.answer("ping", -1, {});
  await expect(asked).rejects.toThrow("cut");
  await answered;
  expect(model.of("flow")).toHaveLength(1);
});

test("a kernel that has gone is said, one click asks whether it is back, and then all goes on", async () => {
  vi.useFakeTimers();
  const model = new FakeModel();
  const channel = new Channel(model);
  const root = document.createElement("div");
  watchConnection(model, channel, root);
  const asked = channel.ask("overview", { key: "a" });
  model.emit("comm_live_update");
  vi.advanceTimersByTime(PATIENCE);
  expect(root.textContent).toContain("does not answer");
  root.querySelector("button")?.click();
  vi.useRealTimers();
  await model.answer("ping", -1, {});
  expect(root.textContent).toBe("");
  await model.answer("overview", -1, "found");
  expect((await asked).value).toBe("found");
  expect(model.of("overview")).toHaveLength(2);
});
