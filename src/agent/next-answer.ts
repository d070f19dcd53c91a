import type { Exhausted } from "../run/budget.ts";
import { callModel, type Answer } from "./call-model.ts";
import { compact, isContextFull, isTooLong, type Compactor } from "./compact.ts";

/**
 * The model's next answer to its conversation, which is summed up first when it comes near to the window's end, and once
 * more when the server finds it too long all the same. A limit of the budget that stands in the way is returned.
 */
export async function nextAnswer(
  agent: Compactor & { readonly maxOutputTokens: number },
): Promise<Answer | Exhausted> {
  const { conversation, tools, maxOutputTokens } = agent;
  const call = () => {
    const { messages, size } = conversation;
    return callModel(agent, { messages, tools, size, maxOutputTokens });
  };
  if (isTooLong(conversation, agent.model.facts)) {
    const exhausted = await compact(agent, { isFull: false });
    if (exhausted) return exhausted;
  }
  try {
    return await call();
  } catch (error) {
    if (!isContextFull(error) || conversation.visibleTurns.length === 0) throw error;
    return (await compact(agent, { isFull: true })) ?? (await call());
  }
}
