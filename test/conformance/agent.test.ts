import { describe, expect, test } from "vitest";
import { z } from "zod";
import { runAgent } from "../../src/agent/agent.ts";
import { AnthropicModel } from "../../src/agent/anthropic-model.ts";
import { defineTool } from "../../src/agent/define-tool.ts";
import { profileNames, profiles } from "../../src/agent/providers/profiles.ts";
import { agentSurroundings } from "../support/agent-options.ts";
import { startMessagesServer, type Brain } from "./messages-server.ts";
import type { Traps } from "./traps.ts";

/** Notes twice, then is done; it counts its own answers. */
const noteTwice: Brain = ({ messages }) => {
  const answers = messages.filter(({ role }) => role === "assistant").length;
  return answers < 2
    ? { text: "I note.", calls: [{ name: "note", input: { text: `note ${answers}` } }] }
    : { calls: [{ name: "finish", input: { summary: "done" } }] };
};

async function work(profile: (typeof profileNames)[number], traps: Traps, brain: Brain = noteTwice) {
  const server = await startMessagesServer(brain, traps);
  const model = new AnthropicModel({
    id: "m",
    apiKey: "k",
    baseURL: server.url,
    dialect: { profile: profiles[profile], thinking: null },
    sleep: async () => {},
  });
  const noted: string[] = [];
  const note = defineTool({
    name: "note",
    description: "Keeps a note.",
    input: z.object({ text: z.string() }),
    run: async ({ text }) => {
      noted.push(text);
      return { text: `kept: ${text}`, isError: false };
    },
  });
  const outcome = await runAgent({
    ...agentSurroundings(),
    model,
    role: "helper",
    system: "You keep notes.",
    prompt: "Keep two notes.",
    tools: [note],
    finish: {
      description: "When both notes are kept.",
      input: z.object({ summary: z.string() }),
      accept: ({ summary }) => ({ result: summary }),
    },
  });
  return { outcome, noted, server };
}

describe.each(profileNames)("an agent on %s", (profile) => {
  test.each([
    {},
    { stopReason: "end_turn" },
    { stopReason: null },
    { usage: "missing" },
    { usage: "null" },
    { ids: "same" },
    { ids: "empty" },
    { unknownKinds: true },
    { thinking: "signed" },
    { thinking: "unsigned" },
    { thinking: "in_text" },
    { chunkBytes: 1 },
    { contentType: "application/octet-stream" },
    { fault: { kind: "status", status: 529 }, faultTimes: 3 },
    { fault: { kind: "error_event", type: "overloaded_error" }, faultTimes: 2 },
  ] satisfies Traps[])("does its work, each call once, with %j", async (traps) => {
    const { outcome, noted } = await work(profile, traps);
    expect(outcome).toMatchObject({ kind: "finished", result: "done", turns: 3 });
    expect(noted).toEqual(["note 0", "note 1"]);
  });
});

test.each(["missing", "null"] as const)("usage that is %s is estimated, and said to be", async (usage) => {
  const { outcome } = await work("lmstudio", { usage });
  expect(outcome.usage).toMatchObject({ isEstimated: true, cacheRead: null });
  expect(outcome.usage.input).toBeGreaterThan(100);
});

test("calls written into the text are not run; the model is told, and given up when it goes on", async () => {
  const { outcome, noted, server } = await work("ollama", { callsAsText: true });
  expect(outcome).toMatchObject({ kind: "gave_up", reason: "nonsense" });
  expect(noted).toEqual([]);
  expect(JSON.stringify(server.requests.at(-1)?.messages.at(-1))).toContain("only tool calls have an effect");
});

test("a call that was cut is not run, and the model is told why", async () => {
  const { outcome, noted, server } = await work("vllm", { cutCall: true });
  expect(outcome).toMatchObject({ kind: "gave_up", reason: "nonsense" });
  expect(noted).toEqual([]);
  expect(JSON.stringify(server.requests.at(-1)?.messages)).toContain("your answer was cut");
});

test("answers with nothing in them end with a reason", async () => {
  const { outcome } = await work("llamacpp", {}, () => ({}));
  expect(outcome).toMatchObject({ kind: "gave_up", reason: "nonsense" });
});
