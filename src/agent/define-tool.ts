import { z } from "zod";
import type { ToolDeclaration } from "./model.ts";
import type { Tool, ToolOutput } from "./tool.ts";

/** A tool from a zod schema: the model sees the JSON Schema, `run` gets what the schema made of the input. */
export function defineTool<Input>(options: {
  name: string;
  description: string;
  input: z.ZodType<Input>;
  run: (input: Input, context: { signal: AbortSignal }) => Promise<ToolOutput>;
}): Tool<Input> {
  const { name, description, input, run } = options;
  return { declaration: declare({ name, description, input }), input, run };
}

/** What a Messages API wants to know of a tool. Throws when the schema is not that of an object. */
export function declare(options: { name: string; description: string; input: z.ZodType }): ToolDeclaration {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(options.input, { io: "input" });
  if (inputSchema.type !== "object") throw new TypeError(`The input of ${options.name} must be an object`);
  return { name: options.name, description: options.description, inputSchema };
}

/** What is wrong with an input, for the model: `steps.0: expected string, received number`. */
export function describeProblems(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`)
    .join("\n");
}
