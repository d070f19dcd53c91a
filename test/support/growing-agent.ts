import { z } from "zod";
import { runAgent, type AgentOptions } from "../../src/agent/agent.ts";
import type { Compaction } from "../../src/agent/conversation.ts";
import { defineTool } from "../../src/agent/define-tool.ts";
import type { ModelFacts, ModelReply, ModelRequest } from "../../src/agent/model.ts";
import { agentSurroundings } from "./agent-options.ts";
import { call, InMemoryModel, reply } from "./in-memory-model.ts";

const unknown: ModelFacts = {
  contextTokens: null,
  maxOutputTokens: null,
  cacheMinimumTokens: null,
  price: null,
};

/** A model with these facts which counts a request as a provider does. `answer` says what it does at each request. */
export class CountingModel extends InMemoryModel {
  override readonly facts: ModelFacts;

  constructor(facts: Partial<ModelFacts>, answer: (request: ModelRequest, n: number) => ModelReply) {
    let asked = 0;
    const counted = (request: ModelRequest): ModelReply => {
      const made = answer(request, (asked += 1) - 1);
      const usage = {
        input: tokensOf(request),
        output: tokensOf(made.content),
        cacheRead: null,
        cacheWrite: null,
      };
      return { ...made, usage: made.usage.input === 0 ? made.usage : usage };
    };
    super(Array.from({ length: 1_000 }, () => counted));
    this.facts = { ...unknown, ...facts };
  }
}

export function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / 4);
}

export function asksForSummary(request: ModelRequest): boolean {
  const last = request.messages.at(-1)?.content.at(-1);
  return last?.type === "text" && last.text.startsWith("This conversation is about to outgrow");
}

/** An agent whose one tool gives so many characters, never twice the same. */
export function growingAgent(model: InMemoryModel, overrides: Partial<AgentOptions<string>> = {}) {
  const { turns, ...surroundings } = agentSurroundings();
  const compactions: Compaction[] = [];
  let given = 0;
  const give = defineTool({
    name: "give",
    description: "Give text.",
    input: z.object({ length: z.number() }),
    run: async ({ length }) => ({ text: `${(given += 1)} ${"x".repeat(length)}`, isError: false }),
  });
  const run = () =>
    runAgent<string>({
      ...surroundings,
      model,
      role: "coder",
      system: "You are a test.",
      prompt: "Begin.",
      tools: [give],
      finish: { description: "End.", input: z.object({}), accept: () => ({ result: "done" }) },
      onCompacted: (compaction) => void compactions.push(compaction),
      ...overrides,
    });
  return { run, turns, compactions, budget: surroundings.budget };
}

export const done = reply(call("finish", {}));
