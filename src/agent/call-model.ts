import type { Budget, Exhausted, Reservation, WorstCase } from "../run/budget.ts";
import type { Effort } from "../run/effort.ts";
import type { CallCost } from "../run/events.ts";
import { newTokens } from "../run/spending.ts";
import type { RoleName } from "../triggers/trigger.ts";
import type { ConversationSize } from "./conversation.ts";
import { estimateTokens, usageOrEstimate } from "./estimate-tokens.ts";
import type { Model, ModelFacts, ModelMessage, ToolDeclaration } from "./model.ts";
import { costOf } from "./model-catalog.ts";
import { soundReply, type SoundReply } from "./sound-reply.ts";

/** Who calls, and what pays for it. */
export interface Caller {
  readonly model: Model;
  readonly role: RoleName;
  readonly system: string;
  readonly budget: Budget;
  readonly effort?: Effort;
  readonly signal: AbortSignal;
}

export interface ModelCall {
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDeclaration[];
  readonly size: ConversationSize;
  readonly maxOutputTokens: number;
}

export interface Answer {
  readonly reply: SoundReply;
  /** When all is done that it asked for: takes what it really cost out of the budget, and gives back the rest of what was reserved. Once. */
  settle(): CallCost;
}

/** An answer with less room than this is cut before it says anything. */
const leastOutputTokens = 1_000;
/** Room for nearly every answer. More is only asked for while it is a small part of what is left: others may work beside. */
const usualOutputTokens = 8_000;

/** One call within the budget. Throws what the model throws, and then has spent nothing. */
export async function callModel(caller: Caller, call: ModelCall): Promise<Answer | Exhausted> {
  const { model, role, system, effort, signal } = caller;
  const { messages, tools, size } = call;
  const reserved = await reserveCall(caller, size, call.maxOutputTokens);
  if ("reason" in reserved) return reserved;
  const { reservation, maxOutputTokens } = reserved;
  const startedAt = performance.now();
  try {
    const common = { system, tools, messages, maxOutputTokens, signal };
    const reply = soundReply(await model.send(effort === undefined ? common : { ...common, effort }));
    const output = reply.content.length === 0 ? 0 : estimateTokens(reply.content);
    const usage = usageOrEstimate(reply.usage, { input: size.tokens, output });
    const usd = costOf(model.facts.price, usage);
    reservation.narrow({ tokens: newTokens(usage), usd });
    return {
      reply,
      settle: () => {
        const seconds = Math.round(performance.now() - startedAt) / 1000;
        const spent = { model: model.id, usage, usd, seconds };
        reservation.settle({ role, ...spent });
        return spent;
      },
    };
  } catch (error) {
    reservation.release();
    throw error;
  }
}

type Reserved = { readonly reservation: Reservation; readonly maxOutputTokens: number };

/** Where only the calls of agents beside this one stand in the way, it waits for one of them to end. Throws the signal's reason. */
async function reserveCall(
  caller: Caller,
  size: ConversationSize,
  wanted: number,
): Promise<Reserved | Exhausted> {
  const { budget, model, signal } = caller;
  for (;;) {
    const { maxOutputTokens, ...worst } = worstCase(budget, model.facts, size, wanted);
    const reservation = budget.reserve(worst);
    if (!("reason" in reservation)) return { reservation, maxOutputTokens };
    const freed = budget.freed(worst);
    if (freed === null) return reservation;
    await freed;
    signal.throwIfAborted();
  }
}

/** What the cache is known to hold is read from it, the rest is new, and the answer is as long as it may be. */
function worstCase(
  budget: Budget,
  facts: ModelFacts,
  size: ConversationSize,
  wanted: number,
): WorstCase & { readonly maxOutputTokens: number } {
  const cached = Math.min(size.cached, size.tokens);
  const prompt = { input: 0, output: 0, cacheRead: cached, cacheWrite: size.tokens - cached };
  const left = budget.left();
  const usdOf = (output: number) => costOf(facts.price, { ...prompt, output });
  const perToken = (usdOf(1_000_000) ?? 0) / 1_000_000 - (usdOf(0) ?? 0) / 1_000_000;
  const affordable = Math.min(
    left.tokens - prompt.cacheWrite,
    perToken > 0 ? (left.usd - (usdOf(0) ?? 0)) / perToken - 1 : Infinity,
  );
  const output = Math.min(
    wanted,
    affordable,
    Math.max(usualOutputTokens, affordable / 4),
    facts.maxOutputTokens ?? Infinity,
    (facts.contextTokens ?? Infinity) - size.tokens,
  );
  const maxOutputTokens = Math.floor(Math.max(output, Math.min(wanted, leastOutputTokens)));
  return { tokens: prompt.cacheWrite + maxOutputTokens, usd: usdOf(maxOutputTokens), maxOutputTokens };
}
