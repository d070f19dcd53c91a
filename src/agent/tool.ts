import type { z } from "zod";
import type { ToolDeclaration } from "./model.ts";

/** Something an agent can do. `run` never throws for what the model did wrong: it answers with `isError`. */
export interface Tool<Input = unknown> {
  readonly declaration: ToolDeclaration;
  readonly input: z.ZodType<Input>;
  run(input: Input, context: { signal: AbortSignal }): Promise<ToolOutput>;
  /** Whether an earlier result of this tool shows all that this one shows: then the model is only told where it stands. */
  isShownIn?(now: ShownResult, earlier: ShownResult): boolean;
  /** At the end of the conversation: lets go what earlier calls began. Never throws. */
  close?(): Promise<void>;
}

export interface ToolOutput {
  readonly text: string;
  readonly isError: boolean;
}

export interface ShownResult {
  readonly input: unknown;
  readonly output: string;
}
