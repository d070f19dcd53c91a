import type { z } from "zod";
import type { AgentTurn } from "../run/events.ts";
import { declare, describeProblems } from "./define-tool.ts";
import type { ToolDeclaration } from "./model.ts";

/** A call of a tool in this conversation and what really came back. */
export type ExecutedCall = AgentTurn["calls"][number];

/** How an agent hands in its result: a tool named `finish`, checked against what it really did. */
export interface Finish<T, Input = unknown> {
  readonly description: string;
  readonly input: z.ZodType<Input>;
  /** `problem` goes back to the model, which may try again. */
  accept(input: Input, calls: readonly ExecutedCall[]): Promise<FinishVerdict<T>> | FinishVerdict<T>;
}

export type FinishVerdict<T> = { readonly result: T } | { readonly problem: string };

export function declareFinish(finish: Finish<unknown>): ToolDeclaration {
  return declare({ name: "finish", description: finish.description, input: finish.input });
}

/** The result, or what the model must mend in it. `calls` are all that ran before. */
export async function judgeFinish<T>(
  finish: Finish<T>,
  input: unknown,
  calls: readonly ExecutedCall[],
): Promise<FinishVerdict<T>> {
  const parsed = finish.input.safeParse(input);
  if (parsed.success) return await finish.accept(parsed.data, calls);
  return { problem: `Not accepted, the input is not valid:\n${describeProblems(parsed.error)}` };
}

/** The result of a conversation whose last recorded turn handed it in; null when that is not so. */
export async function finishedIn<T>(
  finish: Finish<T>,
  turns: readonly AgentTurn[],
): Promise<{ readonly result: T } | null> {
  const calls = turns.flatMap((turn) => turn.calls);
  const last = calls.at(-1);
  if (last?.tool !== "finish" || last.isError) return null;
  const verdict = await judgeFinish(finish, last.input, calls.slice(0, -1));
  return "result" in verdict ? verdict : null;
}
