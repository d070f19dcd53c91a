import type { AgentTurn } from "../run/events.ts";
import type { AssistantBlock, ModelMessage } from "./model.ts";

/** The messages of a conversation after these whole turns; blocks of the provider's own are not kept over a crash. */
export function conversationOf(prompt: string, turns: readonly AgentTurn[]): ModelMessage[] {
  const messages: ModelMessage[] = [{ role: "user", content: [{ type: "text", text: prompt }] }];
  for (const turn of turns) {
    const calls = turn.calls.map((call, n) => ({
      type: "tool_call" as const,
      id: `call_${turn.index}_${n}`,
      name: call.tool,
      input: call.input,
    }));
    messages.push(
      assistantMessage([{ type: "text", text: turn.text }, ...calls]),
      observationOf(turn, calls),
    );
  }
  return messages;
}

/** An API refuses empty messages and blank text blocks; a model may still send them. */
export function assistantMessage(content: readonly AssistantBlock[]): ModelMessage {
  const blocks = content.filter((block) => block.type !== "text" || block.text.trim() !== "");
  return { role: "assistant", content: blocks.length > 0 ? blocks : [{ type: "text", text: "(no answer)" }] };
}

/** What the model hears after its turn: the results of its calls, in their order, or a reminder. */
export function observationOf(turn: AgentTurn, calls: readonly { id: string }[]): ModelMessage {
  const results = turn.calls.flatMap((call, n) => {
    const id = calls[n]?.id;
    return id === undefined
      ? []
      : [{ type: "tool_result" as const, callId: id, text: call.output, isError: call.isError }];
  });
  if (results.length > 0) return { role: "user", content: results };
  const text =
    turn.stopReason === "max_tokens"
      ? "Your answer was cut because it was too long. Go on with a tool call, in smaller pieces."
      : "Nothing was done: only tool calls have an effect here. Go on with a tool call, or call `finish` with your result.";
  return { role: "user", content: [{ type: "text", text }] };
}
