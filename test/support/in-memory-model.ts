import { factsOf } from "../../src/agent/model-catalog.ts";
import type { Model, ModelFacts, ModelReply, ModelRequest } from "../../src/agent/model.ts";

/** A model that gives these replies one after the other and keeps what it was asked. */
export class InMemoryModel implements Model {
  readonly id: string;
  readonly facts: ModelFacts;
  readonly requests: ModelRequest[] = [];
  readonly #replies: ((request: ModelRequest) => ModelReply)[];

  constructor(replies: readonly (ModelReply | ((request: ModelRequest) => ModelReply))[], id = "test-model") {
    this.id = id;
    this.facts = factsOf(id);
    this.#replies = replies.map((reply) => (typeof reply === "function" ? reply : () => reply));
  }

  async send(request: ModelRequest): Promise<ModelReply> {
    request.signal.throwIfAborted();
    this.requests.push(request);
    const reply = this.#replies[this.requests.length - 1];
    if (!reply) throw new Error(`The test gave only ${this.#replies.length} replies`);
    return reply(request);
  }
}

/** A reply which says something and calls tools: `call("bash", { command: "ls" })`. */
export function reply(...parts: (string | { tool: string; input: unknown })[]): ModelReply {
  const content = parts.map((part) =>
    typeof part === "string"
      ? ({ type: "text", text: part } as const)
      : ({ type: "tool_call", id: `id${(made += 1)}`, name: part.tool, input: part.input } as const),
  );
  const calls = content.some((block) => block.type === "tool_call");
  return {
    content,
    stopReason: calls ? "tool_use" : "end_turn",
    usage: { input: 100, output: 10, cacheRead: null, cacheWrite: null },
  };
}

export function call(tool: string, input: unknown): { tool: string; input: unknown } {
  return { tool, input };
}

let made = 0;
