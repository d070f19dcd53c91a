import type { AssistantBlock, ModelReply } from "./model.ts";

/** What of a reply is taken into the conversation. `dropped`: calls beyond the first 64, which are not run. */
export interface SoundReply extends ModelReply {
  readonly dropped: number;
}

export const maxCalls = 64;
const maxTextLength = 100_000;

/**
 * A reply as it may go back to any server: well-formed text of a bounded length, names that a server takes, and no more calls
 * than somebody could mean. Opaque blocks stay as they are, those after the last call that runs go.
 */
export function soundReply(reply: ModelReply): SoundReply {
  let calls = 0;
  const content: AssistantBlock[] = [];
  for (const block of reply.content) {
    if (block.type === "tool_call") calls += 1;
    if (calls <= maxCalls) content.push(soundBlock(block));
  }
  return { ...reply, content, dropped: Math.max(0, calls - maxCalls) };
}

function soundBlock(block: AssistantBlock): AssistantBlock {
  switch (block.type) {
    case "text":
      return { type: "text", text: bounded(block.text.toWellFormed()) };
    case "tool_call":
      return { ...block, name: soundName(block.name), input: wellFormed(block.input) };
    case "opaque":
      return block;
    default:
      return block satisfies never;
  }
}

function bounded(text: string): string {
  if (text.length <= maxTextLength) return text;
  return `${text.slice(0, maxTextLength).toWellFormed()}\n[cut: ${text.length} characters in all]`;
}

function soundName(name: string): string {
  return name.replace(/[^\w-]/g, "_").slice(0, 64) || "unknown";
}

/** The same JSON with whole characters in its strings: half of one is refused by servers and databases. */
function wellFormed(value: unknown): unknown {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined || !/\\ud[89a-f]/i.test(json)) return value;
  return JSON.parse(json, (_, inner: unknown) => (typeof inner === "string" ? inner.toWellFormed() : inner));
}
