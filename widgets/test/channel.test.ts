import { expect, test } from "vitest";
import { Channel, Lane, Refusal } from "../src/channel";
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
