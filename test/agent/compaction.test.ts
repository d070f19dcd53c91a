import fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelMessage, ModelReply, ModelRequest } from "../../src/agent/model.ts";
import { ModelError } from "../../src/errors.ts";
import { asksForSummary, CountingModel, done, growingAgent, tokensOf } from "../support/growing-agent.ts";
import { agentSurroundings } from "../support/agent-options.ts";
import { call, reply } from "../support/in-memory-model.ts";

const give = (length: number) => reply(`I take ${length}.`, call("give", { length }));

/** `turns` turns of about a thousand tokens each; a summary when one is asked for. */
function working(
  turns: number,
  summarise: (request: ModelRequest) => ModelReply = () => reply("# Goal\nIt."),
) {
  let left = turns;
  return (request: ModelRequest) => {
    if (asksForSummary(request)) return summarise(request);
    return (left -= 1) < 0 ? done : give(4_000);
  };
}

function textsOf(message: ModelMessage | undefined): string {
  return JSON.stringify(message?.content.map((block) => ("text" in block ? block.text : block.type)));
}

function contextFull(): ModelError {
  return new ModelError("model.context_full", "Too long.", { mend: "Ask for less." });
}

test("a conversation near the end of its window is summed up once, keeps its last turns and goes on", async () => {
  const model = new CountingModel({ contextTokens: 12_000 }, working(12));
  const { run, compactions, turns } = growingAgent(model);
  expect(await run()).toMatchObject({ kind: "finished", turns: 13 });
  expect(compactions).toHaveLength(1);
  const asked = model.requests.findIndex(asksForSummary);
  const next = model.requests[asked + 1];
  expect(textsOf(next?.messages[0])).toContain("# Goal\\nIt.");
  expect(next?.messages).toHaveLength(5);
  expect(textsOf(next?.messages.at(-1))).toContain(turns[asked - 1]?.calls[0]?.output);
  expect(tokensOf(next)).toBeLessThan(4_000);
  expect(Math.max(...model.requests.map(tokensOf))).toBeLessThan(12_000);
});

test("the summary is asked for in the conversation itself, so that all before it comes from the cache", async () => {
  const model = new CountingModel({ contextTokens: 12_000 }, working(10));
  await growingAgent(model).run();
  const asked = model.requests.findIndex(asksForSummary);
  const [before, summary] = [model.requests[asked - 1], model.requests[asked]];
  expect(summary?.system).toBe(before?.system);
  expect(summary?.tools).toEqual(before?.tools);
  expect(summary?.messages.slice(0, before?.messages.length)).toEqual(before?.messages);
});

test("a second summary is an update of the first", async () => {
  let written = 0;
  const model = new CountingModel(
    { contextTokens: 12_000 },
    working(16, () => reply(`Summary ${(written += 1)}.`)),
  );
  const { run, compactions } = growingAgent(model);
  await run();
  expect(compactions.map(({ summary }) => summary)).toEqual(["Summary 1.", "Summary 2."]);
  const [, second] = model.requests.filter(asksForSummary);
  expect(textsOf(second?.messages[0])).toContain("Summary 1.");
  expect(textsOf(model.requests.at(-1)?.messages[0])).not.toContain("Summary 1.");
});

test("a window whose size is not known is left to the server; its refusal leads to one summary and another try", async () => {
  let refused = 0;
  const work = working(6);
  const model = new CountingModel({}, (request, n) => {
    if (!asksForSummary(request) && n === 4) {
      refused += 1;
      throw contextFull();
    }
    return work(request);
  });
  const { run, compactions, turns } = growingAgent(model);
  expect(await run()).toMatchObject({ kind: "finished" });
  expect([refused, compactions.length]).toEqual([1, 1]);
  const summary = model.requests.find(asksForSummary);
  expect(summary?.tools).toEqual([]);
  expect(textsOf(summary?.messages[0])).toContain("## Turn 4");
  expect(tokensOf(summary)).toBeLessThan(tokensOf(model.requests[4]) / 2);
  expect(turns.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("a server which refuses the shortened conversation as well fails the run with its own reason", async () => {
  const work = working(6);
  const model = new CountingModel({}, (request, n) => {
    if (!asksForSummary(request) && n >= 4) throw contextFull();
    return work(request);
  });
  await expect(growingAgent(model).run()).rejects.toMatchObject({ code: "model.context_full" });
});

test.each([
  ["calls a tool instead", () => give(10)],
  ["says nothing", () => reply()],
  ["refuses", (): ModelReply => ({ ...reply("I will not."), stopReason: "refusal" })],
  [
    "finds it too long already",
    (): ModelReply => {
      throw contextFull();
    },
  ],
])("where the model %s, the summary is what the turns themselves tell", async (_, summarise) => {
  const model = new CountingModel({ contextTokens: 12_000 }, working(12, summarise));
  const { run, compactions } = growingAgent(model);
  expect(await run()).toMatchObject({ kind: "finished", turns: 13 });
  expect(compactions[0]?.summary).toContain("I take 4000.");
  expect(compactions[0]?.summary).toContain('give {"length":4000}');
});

test("what a summary cost is journalled, counts in the totals and in the budget", async () => {
  const price = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 };
  const model = new CountingModel({ contextTokens: 12_000, price }, working(12));
  const { run, compactions, turns, budget } = growingAgent(model);
  const outcome = await run();
  const spent = compactions[0]?.spent?.usd ?? 0;
  expect(spent).toBeGreaterThan(0.006);
  const ofTurns = turns.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  expect(outcome.usd).toBeCloseTo(ofTurns + spent, 10);
  expect(budget.used().usd).toBeCloseTo(ofTurns + spent, 10);
});

test("a budget that does not pay for the summary ends the agent with that reason", async () => {
  const model = new CountingModel({ contextTokens: 12_000 }, working(12));
  const { budget } = agentSurroundings({ tokens: 50_000 });
  const { run, compactions } = growingAgent(model, { budget });
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "tokens" });
  expect(model.requests.at(-1)?.messages).toHaveLength(17);
  expect(compactions).toHaveLength(0);
});

test("prices that rise with the length of the prompt are a limit like the window", async () => {
  const price = {
    input: 1,
    output: 1,
    cacheRead: 1,
    cacheWrite: 1,
    longPrompt: { above: 6_000, factor: 5 },
  };
  const model = new CountingModel({ contextTokens: 1_000_000, price }, working(10));
  await growingAgent(model).run();
  const work = model.requests.filter((request) => !asksForSummary(request));
  expect(Math.max(...work.map(tokensOf))).toBeLessThan(6_000);
});

test("a conversation goes on from its journal: the last summary, and the turns after it", async () => {
  const model = new CountingModel({ contextTokens: 12_000 }, working(11));
  const first = growingAgent(model);
  await first.run();
  const [compacted] = first.compactions;
  if (!compacted) throw new Error("nothing was summed up");
  const second = new CountingModel({ contextTokens: 12_000 }, () => done);
  await growingAgent(second, { history: first.turns.slice(0, 11), compacted }).run();
  const [resumed, live] = [second.requests[0], model.requests.at(-1)];
  expect(resumed?.messages.map(textsOf)).toEqual(live?.messages.map(textsOf));
});

const anAnswer = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);

test("whatever an agent does, each request is one that an API takes, fits, and keeps the last turns to the byte", async () => {
  let compacted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anAnswer, { minLength: 12, maxLength: 24 }),
      fc.integer({ min: 8_000, max: 24_000 }),
      fc.string({ maxLength: 200 }),
      async (answers, contextTokens, summary) => {
        const left = [...answers];
        const model = new CountingModel({ contextTokens }, (request) => {
          if (asksForSummary(request)) return reply(summary);
          const lengths = left.shift();
          if (lengths === undefined) return done;
          // Two turns without a call in a row are borne, a third is not.
          return reply("So.", ...lengths.map((length) => call("give", { length })));
        });
        const { run, compactions } = growingAgent(model);
        await run();
        compacted += compactions.length;
        for (const request of model.requests) {
          expectSound(request.messages);
          expect(tokensOf(request)).toBeLessThanOrEqual(contextTokens);
        }
        const whole = model.requests.filter(({ tools }) => tools.length > 0);
        for (const [n, request] of whole.entries()) expectGrown(whole[n - 1], request);
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
  expect(compacted).toBeGreaterThan(10);
});

/** Users and assistants take turns, the user first and last, and each call has its result right after it. */
function expectSound(messages: readonly ModelMessage[]): void {
  for (const [n, message] of messages.entries()) {
    expect(message.role).toBe(n % 2 === 0 ? "user" : "assistant");
    expect(message.content.length).toBeGreaterThan(0);
    const before = messages[n - 1]?.content ?? [];
    const calls = before.flatMap((block) => (block.type === "tool_call" ? [block.id] : []));
    const results = message.content.flatMap((block) => (block.type === "tool_result" ? [block.callId] : []));
    expect(results).toEqual(message.role === "user" ? calls : []);
  }
  expect(messages.at(-1)?.role).toBe("user");
}

/** What follows the first message was in the request before, in the same bytes, but for the newest turn. */
function expectGrown(before: ModelRequest | undefined, now: ModelRequest): void {
  if (before === undefined) return;
  const isSummed = asksForSummary(before);
  const old = before.messages.slice(1).map((message, n, all) => {
    const content = isSummed && n === all.length - 1 ? message.content.slice(0, -1) : message.content;
    return JSON.stringify({ ...message, content });
  });
  const kept = now.messages.slice(1, isSummed ? undefined : -2).map((message) => JSON.stringify(message));
  expect(old.join("\n")).toContain(kept.join("\n"));
}
