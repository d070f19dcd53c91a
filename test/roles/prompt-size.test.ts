import { expect, onTestFinished, test } from "vitest";
import type { ModelRequest } from "../../src/agent/model.ts";
import { factsOf } from "../../src/agent/model-catalog.ts";
import { revise, writeCode } from "../../src/roles/coder/coder.ts";
import { plan } from "../../src/roles/planner/planner.ts";
import { aFinding } from "../support/a-finding.ts";
import { agentSurroundings, aTask } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

async function setUp(...replies: ConstructorParameters<typeof InMemoryModel>[0]) {
  const sandbox = await LocalDirectorySandbox.create({ "a.js": "1\n" });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const { turns: _, ...surroundings } = agentSurroundings();
  return { ...surroundings, sandbox, model: new InMemoryModel(replies), base: "HEAD", feedback: null };
}

/** What stands before the messages, as it goes over the wire. */
function headOf(request: ModelRequest | undefined): string {
  const tools = request?.tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    input_schema: inputSchema,
  }));
  return JSON.stringify([tools, { type: "text", text: request?.system }]);
}

const nothing = reply(call("finish", { outcome: "nothing_to_do", reason: "It is done." }));

async function coderHead(task = aTask()): Promise<string> {
  const options = await setUp(nothing);
  await writeCode({ ...options, task, plan: null });
  return headOf(options.model.requests[0]);
}

test("the coder's system prompt and tools are hardly more than what its default model needs to cache them", async () => {
  const minimum = factsOf("claude-sonnet-5-5").cacheMinimumTokens ?? 1_024;
  const tokens = Buffer.byteLength(await coderHead()) / 4;
  expect(tokens).toBeGreaterThan(minimum * 1.25);
  expect(tokens).toBeLessThan(950);
});

test("the head of a coder's prompt is the same to the byte in every run, whatever the task and the sandbox", async () => {
  const one = await coderHead();
  const options = await setUp(
    reply(call("finish", { outcome: "nothing_to_do", reason: "x" })),
    reply("…"),
    reply("…"),
    reply("…"),
  );
  await revise({ ...options, task: aTask({ title: "Other", notes: "Use tabs." }), findings: [aFinding()] });
  expect(options.model.requests.map(headOf)).toEqual(options.model.requests.map(() => one));
});

test("how findings are answered is only told where there are findings", async () => {
  const without = await setUp(nothing);
  await writeCode({ ...without, task: aTask(), plan: null });
  const answering = await setUp(reply("…"), reply("…"), reply("…"));
  await revise({ ...answering, task: aTask(), findings: [aFinding()] });
  expect(JSON.stringify(without.model.requests[0])).not.toContain("answer `declined`");
  expect(JSON.stringify(answering.model.requests[0]?.messages[0])).toContain("answer `declined`");
});

test("the planner's head stays small and the same", async () => {
  const heads = [];
  for (const title of ["One", "Two"]) {
    const options = await setUp(reply(call("finish", { summary: "x", steps: ["y"] })));
    await plan({ ...options, task: aTask({ title }) });
    heads.push(headOf(options.model.requests[0]));
  }
  expect(heads[0]).toBe(heads[1]);
  expect(Buffer.byteLength(heads[0] ?? "") / 4).toBeLessThan(900);
});
