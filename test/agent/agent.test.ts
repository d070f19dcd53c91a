import { expect, test } from "vitest";
import { z } from "zod";
import { runAgent, type AgentOptions } from "../../src/agent/agent.ts";
import { defineTool } from "../../src/agent/define-tool.ts";
import type { ModelMessage, ModelReply } from "../../src/agent/model.ts";
import { agentSurroundings } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";

const answer = z.object({ answer: z.string() });
const done = call("finish", { answer: "42" });

/** An agent with one tool that answers with what it was given, in capitals, and counts how often it ran. */
function setUp(
  replies: ConstructorParameters<typeof InMemoryModel>[0],
  overrides: Partial<AgentOptions<string>> = {},
) {
  const ran: string[] = [];
  const shout = defineTool({
    name: "shout",
    description: "Say it in capitals.",
    input: z.object({ text: z.string() }),
    run: async ({ text }) => {
      ran.push(text);
      return { text: text.toUpperCase(), isError: false };
    },
  });
  const model = new InMemoryModel(replies);
  const { turns, ...surroundings } = agentSurroundings();
  const run = () =>
    runAgent<string>({
      ...surroundings,
      model,
      role: "coder",
      system: "You are a test.",
      prompt: "Begin.",
      tools: [shout],
      finish: {
        description: "End.",
        input: answer,
        accept: (input) => ({ result: answer.parse(input).answer }),
      },
      ...overrides,
    });
  return { run, ran, model, turns, budget: surroundings.budget };
}

function lastMessage(messages: readonly ModelMessage[] | undefined) {
  return messages?.at(-1);
}

test("an agent calls tools, sees what they return, and finishes with its result", async () => {
  const { run, model, turns, ran } = setUp([reply("Loud.", call("shout", { text: "hi" })), reply(done)]);
  expect(await run()).toEqual({
    kind: "finished",
    result: "42",
    turns: 2,
    usage: { input: 200, output: 20, cacheRead: null, cacheWrite: null },
    usd: null,
  });
  expect(ran).toEqual(["hi"]);
  expect(model.requests[1]?.messages.map((message) => message.role)).toEqual(["user", "assistant", "user"]);
  expect(lastMessage(model.requests[1]?.messages)).toMatchObject({
    content: [{ type: "tool_result", text: "HI", isError: false }],
  });
  expect(turns.map((turn) => [turn.index, turn.text, turn.calls.length])).toEqual([
    [0, "Loud.", 1],
    [1, "", 1],
  ]);
});

test("the model is told the schema of each tool, and of finish", async () => {
  const { run, model } = setUp([reply(done)]);
  await run();
  expect(model.requests[0]?.tools).toEqual([
    {
      name: "shout",
      description: "Say it in capitals.",
      inputSchema: expect.objectContaining({ type: "object", required: ["text"] }),
    },
    { name: "finish", description: "End.", inputSchema: expect.objectContaining({ required: ["answer"] }) },
  ]);
});

test("several calls in one answer run in their order, each once", async () => {
  const { run, ran, model } = setUp([
    reply(call("shout", { text: "a" }), call("shout", { text: "b" }), call("shout", { text: "a" })),
    reply(done),
  ]);
  await run();
  expect(ran).toEqual(["a", "b", "a"]);
  expect(lastMessage(model.requests[1]?.messages)?.content).toHaveLength(3);
});

test("a tool call runs although the server says that the turn has ended", async () => {
  const { run, ran } = setUp([
    { ...reply(call("shout", { text: "a" })), stopReason: "end_turn" },
    reply(done),
  ]);
  expect(await run()).toMatchObject({ kind: "finished" });
  expect(ran).toEqual(["a"]);
});

test("a call which was cut by max_tokens does not run, and the model is told", async () => {
  const cut: ModelReply = { ...reply(call("shout", { text: "a" })), stopReason: "max_tokens" };
  const { run, ran, model } = setUp([cut, reply(done)]);
  expect(await run()).toMatchObject({ kind: "finished" });
  expect(ran).toEqual([]);
  expect(lastMessage(model.requests[1]?.messages)).toMatchObject({
    content: [{ isError: true, text: expect.stringContaining("cut") }],
  });
});

test("an unknown tool and an invalid input are answered with what is wrong, and the model may go on", async () => {
  const { run, ran, model } = setUp([
    reply(call("sing", {})),
    reply(call("shout", { text: 7 })),
    reply(done),
  ]);
  expect(await run()).toMatchObject({ kind: "finished", turns: 3 });
  expect(ran).toEqual([]);
  expect(lastMessage(model.requests[1]?.messages)).toMatchObject({
    content: [{ isError: true, text: "There is no tool sing. The tools are: shout, finish." }],
  });
  expect(lastMessage(model.requests[2]?.messages)).toMatchObject({
    content: [{ isError: true, text: expect.stringMatching(/text: .*expected string/) }],
  });
});

test("three useless turns in a row end the conversation as nonsense", async () => {
  const { run } = setUp([
    reply(call("sing", {})),
    reply(call("finish", { wrong: 1 })),
    reply(call("shout", "no object")),
    reply(done),
  ]);
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "nonsense", turns: 3 });
});

test("a useful call in between gives the model new patience", async () => {
  const useless = () => reply(call("sing", {}));
  const { run } = setUp([
    useless(),
    useless(),
    reply(call("shout", { text: "a" })),
    useless(),
    useless(),
    reply(done),
  ]);
  expect(await run()).toMatchObject({ kind: "finished" });
});

test("an answer without a call is reminded twice, then it is nonsense", async () => {
  const { run, model } = setUp([reply("I think so."), reply("Surely."), reply("As I said."), reply(done)]);
  expect(await run()).toMatchObject({
    kind: "gave_up",
    reason: "nonsense",
    detail: expect.stringContaining("As I said."),
  });
  expect(model.requests).toHaveLength(3);
  expect(lastMessage(model.requests[1]?.messages)).toMatchObject({
    content: [{ type: "text", text: expect.stringContaining("finish") }],
  });
});

test("an empty answer is sent back as something an API accepts", async () => {
  const { run, model } = setUp([reply(), reply(done)]);
  expect(await run()).toMatchObject({ kind: "finished" });
  expect(model.requests[1]?.messages[1]?.content).toEqual([{ type: "text", text: "(no answer)" }]);
});

test("a refusal ends the conversation with the model's words", async () => {
  const { run } = setUp([{ ...reply("I must not."), stopReason: "refusal" }]);
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "refusal", detail: "I must not." });
});

test("the same call with the same result is warned about at the fourth time and stuck after it", async () => {
  const again = () => reply(call("shout", { text: "a" }));
  const { run, model } = setUp([again(), again(), again(), again(), again(), again(), reply(done)]);
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "stuck", turns: 5 });
  expect(lastMessage(model.requests[3]?.messages)).toMatchObject({ content: [{ text: "A" }] });
  expect(lastMessage(model.requests[4]?.messages)).toMatchObject({
    content: [{ text: "A" }, { type: "text", text: expect.stringContaining("four times") }],
  });
});

test("going round in a circle is stuck, too", async () => {
  const circle = Array.from({ length: 12 }, (_, n) => reply(call("shout", { text: n % 2 ? "a" : "b" })));
  expect(await setUp(circle).run()).toMatchObject({ kind: "gave_up", reason: "stuck" });
});

test("the same call with something new each time in between is no reason to stop", async () => {
  const work = Array.from({ length: 12 }, (_, n) => [
    reply(call("shout", { text: `edit ${n}` })),
    reply(call("shout", { text: "test" })),
  ]);
  expect(await setUp([...work.flat(), reply(done)]).run()).toMatchObject({ kind: "finished" });
});

test.each([
  ["turns", { turns: 2 }, 2],
  ["tokens", { tokens: 1_400 }, 3],
  ["tokens", { tokens: 0 }, 0],
  ["minutes", { minutes: 0 }, 0],
] as const)(
  "the run's budget of %s %j ends the conversation before it is exceeded",
  async (reason, limits, turns) => {
    const { turns: _, ...surroundings } = agentSurroundings(limits);
    const work = Array.from({ length: 5 }, (_, n) => reply(call("shout", { text: `${n}` })));
    expect(await setUp(work, surroundings).run()).toMatchObject({ kind: "gave_up", reason, turns });
  },
);

test("a conversation's own limit of turns ends it while the run has budget left", async () => {
  const work = Array.from({ length: 5 }, (_, n) => reply(call("shout", { text: `${n}` })));
  const { run, budget } = setUp(work, { limits: { turns: 3 } });
  expect(await run()).toMatchObject({ kind: "gave_up", reason: "turns", turns: 3 });
  expect(budget.check()).toBeNull();
});

test("each turn is journalled before the next begins", async () => {
  const order: string[] = [];
  const model = new InMemoryModel([
    () => (order.push("asked 0"), reply(call("shout", { text: "a" }))),
    () => (order.push("asked 1"), reply(done)),
  ]);
  const onTurn = async ({ index }: { index: number }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(`journalled ${index}`);
  };
  await setUp([], { model, onTurn }).run();
  expect(order).toEqual(["asked 0", "journalled 0", "asked 1", "journalled 1"]);
});

test("a conversation goes on after the turns that its journal holds, without doing them again", async () => {
  const first = setUp([reply("Loud.", call("shout", { text: "a" })), reply("Hm."), reply(done)]);
  const stop = new AbortController();
  const interrupted = setUp([], {
    model: first.model,
    signal: stop.signal,
    onTurn: (turn) => {
      first.turns.push(turn);
      if (turn.index === 1) stop.abort(new Error("killed"));
    },
  });
  await expect(interrupted.run()).rejects.toThrow("killed");

  const second = setUp([reply(done)], { history: first.turns });
  expect(await second.run()).toMatchObject({ kind: "finished", result: "42", turns: 3 });
  expect(second.ran).toEqual([]);
  const texts = second.model.requests[0]?.messages.map((message) =>
    message.content.map((block) => ("text" in block ? block.text : block.type)),
  );
  expect(texts).toEqual([
    ["Begin."],
    ["Loud.", "tool_call"],
    ["A"],
    ["Hm."],
    [expect.stringContaining("finish")],
  ]);
});

test("a conversation whose journal ends with its result asks the model nothing more", async () => {
  const first = setUp([reply(done)]);
  await first.run();
  const second = setUp([], { history: first.turns });
  expect(await second.run()).toMatchObject({ kind: "finished", result: "42", turns: 1 });
  expect(second.model.requests).toHaveLength(0);
});

test("an abort ends the conversation with the signal's own reason, and no tool runs after it", async () => {
  const stop = new AbortController();
  const model = new InMemoryModel([
    () => {
      stop.abort(new Error("somebody said stop"));
      return reply(call("shout", { text: "a" }));
    },
  ]);
  const { run, ran } = setUp([], { model, signal: stop.signal });
  await expect(run()).rejects.toThrow("somebody said stop");
  expect(ran).toEqual([]);
});

test("a tool's odd characters are made printable for model and journal", async () => {
  const odd = defineTool({
    name: "odd",
    description: "",
    input: z.object({}),
    run: async () => ({ text: "\u001b[31mred\u001b[0m \u0000 \u200b \ud800 ok ⚠️", isError: false }),
  });
  const { run, model, turns } = setUp([reply(call("odd", {})), reply(done)], { tools: [odd] });
  await run();
  const shown = "red ⟦U+0000⟧ ⟦U+200B⟧ \ufffd ok ⚠️";
  expect(lastMessage(model.requests[1]?.messages)).toMatchObject({ content: [{ text: shown }] });
  expect(turns[0]?.calls[0]?.output).toBe(shown);
});
