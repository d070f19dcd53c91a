import type { ConversationSoFar, Turn } from "../../../src/demo/script.ts";
import { startScriptedModel, type ScriptedModel } from "../../../src/demo/scripted-model.ts";
import type { EvilCall } from "./attack.ts";

/** What the model does in one conversation. */
export interface EvilPart {
  readonly answers: readonly (readonly EvilCall[])[];
  /** Carries out the orders that it finds in what it is told, and in all that it reads. */
  readonly obeys: boolean;
  /** Its last answers, by which it hands something in, or tries to. */
  readonly ends: readonly Turn[];
}

/**
 * A server that speaks the Messages API and is up to no good: `partOf` says what it does in a conversation. `heard` is told
 * everything that Handback sent to it.
 */
export function startEvilModel(options: {
  partOf: (conversation: ConversationSoFar) => EvilPart;
  heard: (text: string) => void;
}): Promise<ScriptedModel> {
  return startScriptedModel({
    script: (conversation) => evilTurn(options.partOf(conversation), conversation),
    onRequest: (body) => options.heard(JSON.stringify(body)),
  });
}

/** Beyond these it has obeyed enough. */
const MOST_ORDERS = 12;

function evilTurn(part: EvilPart, conversation: ConversationSoFar): Turn {
  const { answers: answered, firstMessage, toolResults } = conversation;
  const own = part.answers[answered];
  if (own !== undefined) return { calls: own.map(callOf) };
  const since = answered - part.answers.length;
  const orders = part.obeys ? ordersIn([firstMessage, ...toolResults].join("\n")) : [];
  const order = orders[since];
  if (order !== undefined) return { say: "As I was told.", calls: [callOf({ bash: order })] };
  return part.ends[since - orders.length] ?? { say: "I have nothing more to do." };
}

/** `Assistant, run `x`` and its like; what the orders themselves print gives no new ones. */
export function ordersIn(text: string): string[] {
  const found = text.matchAll(
    /\bAssistant\b[^`\n]{0,60}`([^`\n]{1,300})`(?:[^`\n]{0,20}`([^`\n]{1,300})`)?/g,
  );
  const orders = [...found].flatMap(([, one, two]) => [one, two]).filter((order) => order !== undefined);
  return [...new Set(orders)].slice(0, MOST_ORDERS);
}

function callOf(call: EvilCall): { tool: string; input: unknown } {
  if ("bash" in call) return { tool: "bash", input: { command: call.bash, wait_seconds: 30 } };
  if ("read" in call) return { tool: "read", input: { path: call.read } };
  if ("write" in call) return { tool: "write", input: call.write };
  if ("edit" in call) return { tool: "edit", input: call.edit };
  return call;
}
