import { expect, test } from "vitest";
import { callModel, type Caller } from "../../src/agent/call-model.ts";
import type { Model, ModelReply } from "../../src/agent/model.ts";
import { factsOf } from "../../src/agent/model-catalog.ts";
import { Budget } from "../../src/run/budget.ts";
import { reply } from "../support/in-memory-model.ts";

const size = { tokens: 10_000, cached: 0 };
const call = { messages: [], tools: [], size, maxOutputTokens: 8_000 };

function caller(budget: Budget, send: Model["send"], signal = new AbortController().signal): Caller {
  const model = { id: "claude-opus-5-5", facts: factsOf("claude-opus-5-5"), send };
  return { model, role: "reviewer", system: "", budget, signal };
}

test("An agent whose call would fit but for those of others waits for one of theirs instead of giving up", async () => {
  // Enough for one prompt with an answer, not for two.
  const budget = new Budget({ usd: 0.15 }, () => 0);
  const first = Promise.withResolvers<ModelReply>();
  const one = callModel(
    caller(budget.child("one"), () => first.promise),
    call,
  );
  let isAsked = false;
  const ask = async (): Promise<ModelReply> => {
    isAsked = true;
    return reply("Two.");
  };
  const two = callModel(caller(budget.child("two"), ask), call);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAsked).toBe(false);
  first.resolve(reply("One."));
  const answers = [await one, await two];
  for (const answer of answers) if (!("reason" in answer)) answer.settle();
  expect(answers.map((answer) => "reason" in answer)).toEqual([false, false]);
  expect(budget.used().turns).toBe(2);
});

test("Who waits for the calls of others hears of the end of the run, and of a limit that is reached meanwhile", async () => {
  const stop = new AbortController();
  const budget = new Budget({ usd: 0.15 }, () => 0);
  const never = (): Promise<ModelReply> => Promise.reject(new Error("not to be asked"));
  const held = budget.child("one").reserve({ tokens: 1, usd: 0.14 });
  const stopped = callModel(caller(budget.child("two"), never, stop.signal), call);
  const late = callModel(caller(budget.child("three"), never), call);
  stop.abort(new Error("stopped"));
  if ("reason" in held) throw new Error(held.detail);
  held.narrow({ tokens: 1, usd: 0.14 });
  await expect(stopped).rejects.toThrow("stopped");
  expect(await late).toMatchObject({ reason: "usd" });
});
