import type { RoleName } from "../triggers/trigger.ts";

/**
 * What a scripted model says. It holds words and tool calls only, never what a command would print: each call really
 * runs, and its real output goes back.
 */
export interface Script {
  readonly scenes: readonly Scene[];
}

/** Whom the first line of a system prompt names. The refuter looks again at what reviewers found. */
export type Speaker = RoleName | "refuter";

/** One conversation. The first scene that fits the role and the first message plays. */
export interface Scene {
  readonly role: Speaker;
  /** A text which the first message contains, or a pattern which it matches. */
  readonly when: string | RegExp;
  /** The n-th answer of the conversation; of several, the first whose `when` fits the latest tool results. */
  readonly turns: readonly (Turn | readonly Turn[])[];
}

export interface Turn {
  /** Fits when the newest message of the conversation contains or matches this. */
  readonly when?: string | RegExp;
  readonly say?: string;
  /** Texts in `input` may hold `{{/pattern/}}`: the latest match in the tool results so far, its first group if it has one. */
  readonly calls?: readonly { readonly tool: string; readonly input: unknown }[];
  readonly stopReason?: "refusal" | "max_tokens" | "end_turn";
}

/** The conversation as the server got it, reduced to what a script looks at. */
export interface ConversationSoFar {
  readonly role: Speaker | null;
  readonly firstMessage: string;
  readonly lastMessage: string;
  /** How often the model has answered. */
  readonly answers: number;
  /** In their order. */
  readonly toolResults: readonly string[];
}

/** The next answer, found from the conversation alone: the same conversation always gets the same answer. */
export function nextTurn(script: Script, conversation: ConversationSoFar): Turn {
  const { role, firstMessage, lastMessage, answers, toolResults } = conversation;
  const scene = script.scenes.find((each) => each.role === role && fits(each.when, firstMessage));
  if (!scene) return { say: `[scripted model] No scene of the script fits this ${role ?? "unknown role"}.` };
  const next = scene.turns[answers];
  const alternatives: readonly Turn[] = next === undefined ? [] : "length" in next ? next : [next];
  const turn = alternatives.find((each) => each.when === undefined || fits(each.when, lastMessage));
  if (!turn) return { say: `[scripted model] The script of this ${scene.role} has no turn ${answers + 1}.` };
  const calls = turn.calls?.map(({ tool, input }) => ({ tool, input: fillIn(input, toolResults) }));
  return { ...turn, ...(calls ? { calls } : {}) };
}

function fits(when: string | RegExp, text: string): boolean {
  return typeof when === "string" ? text.includes(when) : new RegExp(when.source, when.flags).test(text);
}

function fillIn(input: unknown, toolResults: readonly string[]): unknown {
  if (typeof input === "string") {
    return input.replace(/\{\{\/(.+?)\/\}\}/g, (_, pattern: string) => latestMatch(pattern, toolResults));
  }
  if (Array.isArray(input)) return input.map((item) => fillIn(item, toolResults));
  if (typeof input !== "object" || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, fillIn(value, toolResults)]));
}

function latestMatch(pattern: string, toolResults: readonly string[]): string {
  const expression = new RegExp(pattern, "m");
  for (const result of toolResults.toReversed()) {
    const match = expression.exec(result);
    if (match) return match[1] ?? match[0];
  }
  return `(nothing matched ${pattern})`;
}
