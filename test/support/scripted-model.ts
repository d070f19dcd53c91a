import { onTestFinished } from "vitest";
import { AnthropicModel, type AnthropicModelOptions } from "../../src/agent/anthropic-model.ts";
import type { ModelRequest } from "../../src/agent/model.ts";
import type { Turn } from "../../src/demo/script.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

/** A scripted server whose coder says these turns, and a model that speaks to it. It waits for nothing; `waits` tells for how long it would. */
export async function startModel(
  turns: readonly Turn[],
  overrides: Partial<AnthropicModelOptions> = {},
  delayMs = 0,
) {
  const server = await startScriptedModel({
    script: { scenes: [{ role: "coder", when: "", turns }] },
    delayMs,
  });
  onTestFinished(() => server.close());
  const waits: number[] = [];
  const model = new AnthropicModel({
    id: "claude-sonnet-5-5",
    apiKey: server.apiKey,
    baseURL: server.url,
    sleep: async (ms) => void waits.push(ms),
    ...overrides,
  });
  return { server, model, waits };
}

export function aRequest(overrides: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: "You are the coder of Handback.",
    tools: [{ name: "bash", description: "Run.", inputSchema: { type: "object", properties: {} } }],
    messages: [{ role: "user", content: [{ type: "text", text: "Begin." }] }],
    maxOutputTokens: 1_000,
    signal: new AbortController().signal,
    ...overrides,
  };
}
