import { expect, test, vi } from "vitest";
import { Channel, Lane, PATIENCE, Refusal } from "../src/channel";
import { watchConnection } from "../src/connection";
import { FakeModel } from "./fakes";

test("an answer reaches the request that has its number", async () => {
  const model = new FakeModel();
  const channel = new Channel(model);
  const first = channel.ask("overview", { key: "a" });
  const second = channel.ask("overview", { key: "b" });
  await model.answer("overview", 1, "for b");
  await model.answer("overview", 0, "for a");
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

test("a cut connection ends what was on its way, and asks whether the kernel is there", async () => {
  const model = new FakeModel();
  const channel = new Channel(model);
  const root = document.createElement("div");
  watchConnection(model, channel, root);
  const asked = channel.ask("overview", { key: "a" });
  model.emit("comm_live_update");
  await expect(asked).rejects.toThrow("cut");
  expect(model.asked.map(({ kind }) => kind)).toEqual(["overview", "ping"]);
  model.broken = true;
  root.replaceChildren();
  model.emit("comm_live_update");
  expect(root.textContent).toContain("does not answer");
  model.broken = false;
  root.querySelector("button")?.click();
  await model.answer("ping", -1, {});
  expect(root.textContent).toBe("");
});
