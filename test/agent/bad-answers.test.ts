import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { runAgent, type AgentOptions } from "../../src/agent/agent.ts";
import { defineTool } from "../../src/agent/define-tool.ts";
import type { AssistantBlock, ModelMessage, ModelReply } from "../../src/agent/model.ts";
import { readTool } from "../../src/agent/tools/read.ts";
import { writeTool } from "../../src/agent/tools/write.ts";
import { agentSurroundings } from "../support/agent-options.ts";
import { CountingModel, growingAgent, tokensOf } from "../support/growing-agent.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

const done = reply(call("finish", {}));
const noUsage = { input: 0, output: 0, cacheRead: null, cacheWrite: null };

function setUp(model: InMemoryModel, overrides: Partial<AgentOptions<string>> = {}) {
  let ran = 0;
  const echo = defineTool({
    name: "echo",
    description: "Say it again.",
    input: z.object({ text: z.string() }),
    run: async ({ text }) => ({ text: `${(ran += 1)} ${text}`, isError: false }),
  });
  const { turns, ...surroundings } = agentSurroundings();
  const run = () =>
    runAgent<string>({
      ...surroundings,
      model,
      role: "coder",
      system: "You are a test.",
      prompt: "Begin.",
      tools: [echo],
      finish: { description: "End.", input: z.object({}), accept: () => ({ result: "done" }) },
      ...overrides,
    });
  return { run, turns, model, budget: surroundings.budget, ran: () => ran };
}

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const texts = (message: ModelMessage | undefined) =>
  message?.content.flatMap((block) => ("text" in block ? [block.text] : [])) ?? [];

test("of ten thousand calls in one answer sixty-four run, and neither prompt nor journal holds the rest", async () => {
  const flood = reply(...Array.from({ length: 10_000 }, (_, n) => call("echo", { text: `${n}` })));
  const { run, turns, model, ran } = setUp(new InMemoryModel([flood, done]));
  expect(await run()).toMatchObject({ kind: "finished" });
  expect(ran()).toBe(64);
  expect(turns[0]?.calls).toHaveLength(64);
  expect(bytes(turns[0])).toBeLessThan(10_000);
  expect(bytes(model.requests[1]?.messages)).toBeLessThan(20_000);
  expect(texts(model.requests[1]?.messages.at(-1)).at(-1)).toContain("9936 more calls were not run");
});

test("the results of one turn do not fill the window, however many and long they are", async () => {
  const long = "y".repeat(90_000);
  const flood = reply(...Array.from({ length: 60 }, (_, n) => call("echo", { text: `${n}${long}` })));
  const model = new CountingModel({ contextTokens: 2_000_000 }, (_, n) => (n === 0 ? flood : done));
  const { run, turns } = setUp(model);
  expect(await run()).toMatchObject({ kind: "finished" });
  const outputs = turns[0]?.calls.map(({ output }) => output.length) ?? [];
  expect(outputs.reduce((sum, length) => sum + length, 0)).toBeLessThan(400_000);
  expect(turns[0]?.calls.at(-1)?.output).toContain("characters did not fit");
});

test("one result which is larger than the window is cut to what fits", async () => {
  const model = new CountingModel({ contextTokens: 8_000 }, (_, n) =>
    n === 0 ? reply(call("give", { length: 1_000_000 })) : done,
  );
  expect(await growingAgent(model).run()).toMatchObject({ kind: "finished", turns: 2 });
  expect(tokensOf(model.requests[1])).toBeLessThan(2_000);
});

test("a line of a megabyte goes into a file, and is shown in part", async () => {
  const sandbox = await LocalDirectorySandbox.create();
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const content = "z".repeat(1_000_000);
  const { run, turns } = setUp(
    new InMemoryModel([
      reply(call("write", { path: "a.txt", content })),
      reply(call("read", { path: "a.txt" })),
      done,
    ]),
    { tools: [readTool(sandbox), writeTool(sandbox)] },
  );
  expect(await run()).toMatchObject({ kind: "finished" });
  expect((await sandbox.readFile("a.txt")).length).toBe(1_000_000);
  expect(turns[1]?.calls[0]?.output).toMatch(/^1\tz{1000}… \[1000000 characters\]$/);
});

test("a megabyte of words is cut before it is sent back or journalled", async () => {
  const { run, turns, model } = setUp(
    new InMemoryModel([reply("w".repeat(1_000_000), call("echo", { text: "a" })), done]),
  );
  await run();
  expect(bytes(model.requests[1])).toBeLessThan(110_000);
  expect(turns[0]?.text).toContain("[cut: 1000000 characters in all]");
});

test("half characters and names that no server takes do not go back to it", async () => {
  const odd = reply("\ud800 hm", call("echo", { text: "a\udc00" }), call("no tool\n\ud83d!", {}));
  const { run, turns, model } = setUp(new InMemoryModel([odd, done]));
  await run();
  expect(model.requests[1]?.messages[1]?.content).toMatchObject([
    { text: "\ufffd hm" },
    { name: "echo", input: { text: "a\ufffd" } },
    { name: "no_tool___" },
  ]);
  expect(JSON.stringify([turns, model.requests[1]?.messages])).not.toMatch(/\\ud[89a-f]/i);
});

test("a server that counts nothing is counted here, marked as such, and the limit of tokens still binds", async () => {
  const asked = Array.from({ length: 20 }, (_, n) => ({
    ...reply(call("echo", { text: `${n}${"a".repeat(4_000)}` })),
    usage: noUsage,
  }));
  const { budget } = agentSurroundings({ tokens: 30_000 });
  const { run, turns } = setUp(new InMemoryModel(asked), { budget });
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "tokens", usage: { isEstimated: true } });
  expect(turns.length).toBeGreaterThan(2);
  expect(turns[0]?.usage).toMatchObject({ isEstimated: true });
  expect(turns[1]?.usage.input).toBeGreaterThan(2_000);
  expect(budget.used().tokens).toBeLessThanOrEqual(30_000);
});

test("a refusal ends with its words, and no call in it runs", async () => {
  const refusal = { ...reply("I must not.", call("echo", { text: "a" })), stopReason: "refusal" } as const;
  const { run, ran } = setUp(new InMemoryModel([refusal]));
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "refusal", detail: "I must not." });
  expect(ran()).toBe(0);
});

test("empty answers end as nonsense that says so", async () => {
  const { run } = setUp(new InMemoryModel([reply(), reply(), reply()]));
  expect(await run()).toMatchObject({ reason: "nonsense", detail: "Its answers were empty." });
});

const aBlock: fc.Arbitrary<AssistantBlock> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: fc.string({ unit: "binary" }) }),
  fc.record({
    type: fc.constant("tool_call" as const),
    id: fc.string({ maxLength: 5 }),
    name: fc.oneof(fc.constantFrom("echo", "finish"), fc.string({ unit: "binary" })),
    input: fc.oneof(fc.jsonValue(), fc.record({ text: fc.string({ unit: "binary" }) })),
  }),
  fc.record({
    type: fc.constant("opaque" as const),
    value: fc.constant({ type: "thinking", thinking: "…" }),
  }),
);
const anyReply: fc.Arbitrary<ModelReply> = fc.record({
  content: fc.array(aBlock, { maxLength: 6 }),
  stopReason: fc.constantFrom("end_turn", "tool_use", "max_tokens", "refusal", "other"),
  usage: fc.constantFrom(noUsage, { input: 10, output: 5, cacheRead: 3, cacheWrite: null }),
});

test("whatever a model answers, the agent ends with an outcome, and each call that it sees again has its result", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyReply, { maxLength: 12 }), async (answers) => {
      const { run, model } = setUp(
        new InMemoryModel([...answers, ...Array.from({ length: 3 }, () => reply())]),
      );
      expect(["finished", "gave_up"]).toContain((await run()).kind);
      for (const message of model.requests.at(-1)?.messages ?? []) {
        expect(message.content.length).toBeGreaterThan(0);
        const calls = message.content.filter(({ type }) => type === "tool_call").length;
        const next =
          model.requests.at(-1)?.messages[(model.requests.at(-1)?.messages.indexOf(message) ?? 0) + 1];
        if (message.role === "assistant") {
          expect(next?.content.filter(({ type }) => type === "tool_result")).toHaveLength(calls);
        }
      }
    }),
    { numRuns: 200, endOnFailure: true },
  );
});

test("near the end of its budget an agent is told once, with what is left", async () => {
  const { budget } = agentSurroundings({ turns: 12 });
  const work = Array.from({ length: 20 }, (_, n) => reply(call("echo", { text: `${n}` })));
  const { run, turns } = setUp(new InMemoryModel(work), { budget });
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "turns", turns: 12 });
  const told = turns.flatMap(({ told: words }) => words ?? []);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("Your budget is nearly used");
  expect(told[0]).toContain("At most 3 turns are left.");
});

test("an agent near the end of its own limit of turns is told, too", async () => {
  const work = Array.from({ length: 8 }, (_, n) => reply(call("echo", { text: `${n}` })));
  const { run, turns } = setUp(new InMemoryModel(work), { limits: { turns: 8 } });
  await run();
  expect(turns.map(({ told }) => told?.includes("At most 2 turns are left") ?? false)).toEqual(
    Array.from({ length: 8 }, (_, n) => n === 5),
  );
});

test("an answer gets no more room than the budget pays for, and none is asked for below a thousand tokens", async () => {
  const price = { input: 1, output: 10, cacheRead: 1, cacheWrite: 1 };
  const { budget } = agentSurroundings({ usd: 0.03 });
  const model = new CountingModel({ price }, (_, n) =>
    reply("a".repeat(2_000), call("echo", { text: `${n}` })),
  );
  const { run } = setUp(model, { budget });
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "usd" });
  const rooms = model.requests.map(({ maxOutputTokens }) => maxOutputTokens);
  expect(rooms).toEqual([...rooms].sort((a, b) => b - a));
  expect(rooms[0]).toBeLessThan(3_000);
  expect(Math.min(...rooms)).toBeGreaterThanOrEqual(1_000);
  expect(budget.used().usd).toBeLessThanOrEqual(0.03);
});

test("what a failed call had reserved goes back", async () => {
  const { budget } = agentSurroundings({ tokens: 50_000 });
  const model = new InMemoryModel([
    () => {
      throw new Error("gone");
    },
  ]);
  await expect(setUp(model, { budget }).run()).rejects.toThrow("gone");
  expect(budget.left().tokens).toBe(50_000);
});

test("the same lines of a file are shown once, until they change or the file is another", async () => {
  const lines = (word: string) => `${Array.from({ length: 60 }, (_, n) => `${word} ${n}`).join("\n")}\n`;
  const sandbox = await LocalDirectorySandbox.create({ "a.txt": lines("one"), "b.txt": lines("one") });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const read = (path: string, part = {}) => reply(call("read", { path, ...part }));
  const { run, turns } = setUp(
    new InMemoryModel([
      read("a.txt"),
      read("./a.txt"),
      read("/workspace/a.txt", { offset: 10, limit: 30 }),
      read("b.txt"),
      reply(call("write", { path: "a.txt", content: lines("two") })),
      read("a.txt"),
      read("a.txt"),
      done,
    ]),
    { tools: [readTool(sandbox), writeTool(sandbox)] },
  );
  await run();
  const outputs = turns.map(({ calls }) => calls[0]?.output ?? "");
  expect(outputs[0]).toContain("1\tone 0\n2\tone 1");
  expect(outputs[1]).toBe("Unchanged: it is shown above, one turn ago (turn 1).");
  expect(outputs[2]).toBe("Unchanged: it is shown above, 2 turns ago (turn 1).");
  expect(outputs[3]).toContain("1\tone 0\n");
  expect(outputs[5]).toContain("1\ttwo 0\n");
  expect(outputs[6]).toBe("Unchanged: it is shown above, one turn ago (turn 6).");
});

test("what a summary has taken away is shown again", async () => {
  const sandbox = await LocalDirectorySandbox.create({ "a.txt": "a line of the file\n".repeat(100) });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const read = () => reply(call("read", { path: "a.txt" }));
  const earlier = setUp(new InMemoryModel([read(), done]), { tools: [readTool(sandbox)] });
  await earlier.run();
  const history = earlier.turns.slice(0, 1);
  const kept = setUp(new InMemoryModel([read(), done]), { tools: [readTool(sandbox)], history });
  await kept.run();
  const compacted = { keptFrom: 1, summary: "I read a file." };
  const gone = setUp(new InMemoryModel([read(), done]), { tools: [readTool(sandbox)], history, compacted });
  await gone.run();
  expect(kept.turns[0]?.calls[0]?.output).toContain("Unchanged");
  expect(gone.turns[0]?.calls[0]?.output).toContain("1\ta line of the file");
});
