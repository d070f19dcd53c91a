import type { Budget } from "../run/budget.ts";
import type { AgentTurn, CallCost } from "../run/events.ts";
import type { Answer } from "./call-model.ts";
import { closingWords } from "./closing.ts";
import type { Conversation } from "./conversation.ts";
import { executeCalls, type ExecutedReply } from "./execute-calls.ts";
import type { Finish } from "./finish.ts";
import type { ModelFacts } from "./model.ts";
import type { Patience } from "./patience/patience.ts";
import type { Sign } from "./patience/sign.ts";
import { printable } from "./printable.ts";
import { ResultRoom } from "./result-room.ts";
import { maxCalls } from "./sound-reply.ts";
import type { Tool } from "./tool.ts";

export interface TakenTurn<T> {
  readonly turn: AgentTurn;
  readonly finished: { readonly result: T } | null;
  /** Why the agent must end with this turn; null: it goes on. */
  readonly end: Extract<Sign, { kind: "end" }> | null;
}

/** Does what an answer asks for, once, and takes its cost out of the budget; the turn is not in the conversation yet. */
export async function takeTurn<T>(options: {
  answer: Answer;
  facts: ModelFacts;
  tools: readonly Tool[];
  finish: Finish<T>;
  conversation: Conversation;
  patience: Patience;
  budget: Budget;
  limit: number | undefined;
  signal: AbortSignal;
}): Promise<TakenTurn<T>> {
  const { answer, facts, tools, finish, conversation, patience, budget, limit, signal } = options;
  const { reply } = answer;
  const index = conversation.turns.length;
  let cost: CallCost;
  let done: ExecutedReply<T>;
  try {
    const room = new ResultRoom(facts.contextTokens);
    done = await executeCalls({ reply, tools, finish, conversation, room, signal });
  } finally {
    cost = answer.settle();
  }
  const said = reply.content.filter((block) => block.type === "text").map((block) => block.text);
  const text = printable(said.join("\n").trim());
  const turn = { index, ...cost, stopReason: reply.stopReason, text, calls: done.calls };
  if (done.finished) return { turn, finished: done.finished, end: null };

  const seen = done.calls.map((call, n) => ({ ...call, output: done.outputs[n] ?? call.output }));
  const signs = await patience.judge({ ...turn, calls: seen, ran: done.ran });
  const told = [
    ...(reply.dropped > 0 ? [tooMany(reply.dropped)] : []),
    ...signs.told,
    ...closingWords(budget, [...conversation.turns, turn], limit),
  ].join("\n\n");
  return { turn: told === "" ? turn : { ...turn, told }, finished: null, end: signs.end };
}

function tooMany(dropped: number): string {
  return `[${dropped} more call${dropped === 1 ? " was" : "s were"} not run and ${dropped === 1 ? "is" : "are"} not shown: at most ${maxCalls} in one turn.]`;
}
