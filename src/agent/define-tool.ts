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
  return { name: options.name, description: options.description, inputSchema: lean(inputSchema) };
}

/** What is wrong with an input, for the model: `steps.0: expected string, received number`. */
export function describeProblems(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`)
    .join("\n");
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * A schema without what costs tokens in every request and helps a model little: bounds of texts, lists and whole numbers, and
 * defaults that are empty. They hold all the same, and who breaks one is told.
 */
function lean(schema: Schema): Schema {
  const kept = Object.entries(schema).filter(
    ([key, value]) => !bounds.has(key) && !isEmptyDefault(key, value),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, leanPart(key, value)]));
}

function leanPart(key: string, value: unknown): unknown {
  if (key === "properties" && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, isObject(inner) ? lean(inner) : inner]),
    );
  }
  if (key === "items" && isObject(value)) return lean(value);
  if (key === "anyOf" && Array.isArray(value)) {
    return value.map((inner: unknown) => (isObject(inner) ? lean(inner) : inner));
  }
  return value;
}

const bounds = new Set(["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"]);

function isEmptyDefault(key: string, value: unknown): boolean {
  if (key !== "default") return false;
  return value === "" || value === false || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
