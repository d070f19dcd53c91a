import { AnthropicModel, type AnthropicModelOptions } from "../../src/agent/anthropic-model.ts";
import { profiles, type ProfileName } from "../../src/agent/providers/profiles.ts";
import { startMessagesServer, type Brain } from "./messages-server.ts";
import type { Traps } from "./traps.ts";

const command = "ls – ünïcode 🦉";
export const lookAround: Brain = () => ({
  text: "I look. 🦉",
  calls: [{ name: "bash", input: { command } }],
});
/** What comes of `lookAround`. */
export const looked = [
  { type: "text", text: "I look. 🦉" },
  { type: "tool_call", name: "bash", input: { command } },
];

/** A server with these traps, and a model that speaks to it and waits for nothing; `waits` tells for how long it would. */
export async function startTrapped(
  profile: ProfileName,
  traps: Traps = {},
  more: { brain?: Brain } & Partial<AnthropicModelOptions> = {},
) {
  const { brain = lookAround, ...options } = more;
  const server = await startMessagesServer(brain, traps);
  const waits: number[] = [];
  const model = new AnthropicModel({
    id: "m",
    apiKey: "the-key",
    baseURL: server.url,
    dialect: { profile: profiles[profile], thinking: profile === "anthropic" ? "disabled" : null },
    sleep: async (ms) => void waits.push(ms),
    ...options,
  });
  return { server, model, waits };
}
