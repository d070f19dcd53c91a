import type { AssistantBlock, ModelMessage } from "./model.ts";

/**
 * The same conversation with an id for each call that no other call has, and its result under it. A server may give one id to two
 * calls, or none at all, and refuse the conversation afterwards. What is right already is left as it is.
 */
export function withUniqueCallIds(messages: readonly ModelMessage[]): ModelMessage[] {
  const taken = new Set<string>();
  let renamed = new Map<string, string[]>();
  return messages.map((message) => {
    if (message.role === "assistant") {
      renamed = new Map();
      return { ...message, content: message.content.map((block) => withOwnId(block, taken, renamed)) };
    }
    // Results stand in the order of their calls.
    const content = message.content.map((block) =>
      block.type === "tool_result"
        ? { ...block, callId: renamed.get(block.callId)?.shift() ?? block.callId }
        : block,
    );
    return { ...message, content };
  });
}

function withOwnId(
  block: AssistantBlock,
  taken: Set<string>,
  renamed: Map<string, string[]>,
): AssistantBlock {
  if (block.type !== "tool_call") return block;
  const base = block.id === "" ? "call" : block.id;
  let id = block.id === "" ? `${base}_${taken.size}` : base;
  // The count of those before makes a number that is rarely taken: thousands of calls of one id stay quick.
  for (let number = taken.size; taken.has(id); number += 1) id = `${base}_${number}`;
  taken.add(id);
  const others = renamed.get(block.id);
  if (others) others.push(id);
  else renamed.set(block.id, [id]);
  return { ...block, id };
}
