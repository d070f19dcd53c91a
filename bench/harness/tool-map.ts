import { join } from "node:path";
import type { Action } from "./trajectory.ts";
import type { WireTool } from "./wire.ts";

export interface MappedCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

type Calling = Exclude<Action, { kind: "done" }>;

/**
 * A scripted action as a call of what this harness declares, under its names. Files are named absolutely, as some demand.
 * Throws when the harness has no such tool.
 */
export function mapAction(wanted: Calling, tools: readonly WireTool[], root: string): MappedCall {
  const action = wanted.kind === "write" && !toolFor(wanted, tools) ? writeByCommand(wanted) : wanted;
  const tool = toolFor(action, tools);
  if (!tool) throw new Error(`No tool for ${action.kind} among ${tools.map(({ name }) => name).join(", ")}`);
  if (action.kind === "wrong_input") return { name: tool.name, input: { [wrongName]: 1 } };
  return { name: tool.name, input: inputFor(action, tool, root) };
}

/** Whether a request is of the conversation itself: titles and summaries are asked for without hands. */
export function hasHands(tools: readonly WireTool[]): boolean {
  return toolFor({ kind: "bash", command: "" }, tools) !== undefined;
}

/** The tool by which this harness takes a result; absent where a text ends the work. */
export function finishTool(tools: readonly WireTool[]): WireTool | undefined {
  return tools.find(({ name }) => name === "finish");
}

/** Where files are written with the shell: the same bytes by a here-document. */
function writeByCommand({ path, content }: Action & { kind: "write" }): Calling {
  return { kind: "bash", command: `cat > ${path} <<'END_OF_FILE'\n${content}END_OF_FILE` };
}

const wrongName = "nothing_of_yours";

function toolFor(action: Calling, tools: readonly WireTool[]): WireTool | undefined {
  const wanted = action.kind === "wrong_input" ? "read" : action.kind;
  return tools.find(({ name }) => name.toLowerCase() === wanted);
}

/** Each parameter by the first of these patterns that its name fits. */
function inputFor(
  action: Exclude<Calling, { kind: "wrong_input" }>,
  tool: WireTool,
  root: string,
): Record<string, unknown> {
  const values = valuesOf(action, root);
  const input = fill(schemaOf(tool.input_schema), values);
  const missing = values.filter(({ value }) => !JSON.stringify(input).includes(JSON.stringify(value)));
  if (missing.length > 0) {
    throw new Error(`${tool.name} takes no ${missing.map(({ name }) => String(name)).join(", ")}`);
  }
  return input;
}

interface NamedValue {
  readonly name: RegExp;
  readonly value: string | number;
}

function valuesOf(action: Exclude<Calling, { kind: "wrong_input" }>, root: string): NamedValue[] {
  if (action.kind === "bash") return [{ name: /^command$/i, value: action.command }];
  const path = { name: /^(?:file_?)?path$/i, value: join(root, action.path) };
  switch (action.kind) {
    case "read":
      return [
        path,
        ...(action.offset === undefined ? [] : [{ name: /^offset$/i, value: action.offset }]),
        ...(action.limit === undefined ? [] : [{ name: /^limit$/i, value: action.limit }]),
      ];
    case "edit":
      return [path, { name: /^old/i, value: action.before }, { name: /^new/i, value: action.after }];
    case "write":
      return [path, { name: /^content$/i, value: action.content }];
    default:
      return action satisfies never;
  }
}

interface Schema {
  readonly properties: Readonly<Record<string, Record<string, unknown>>>;
  readonly required: readonly string[];
}

function schemaOf(value: unknown): Schema {
  const { properties = {}, required = [] } = (value ?? {}) as Partial<Schema>;
  return { properties, required };
}

/** Lists of edits are filled with one; a text that must be there and means nothing here gets a short one. */
function fill({ properties, required }: Schema, values: readonly NamedValue[]): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const own = values.find((value) => value.name.test(name));
    if (own) input[name] = own.value;
    else if (schema["type"] === "array" && required.includes(name)) {
      input[name] = [fill(schemaOf(schema["items"]), values)];
    } else if (schema["type"] === "string" && required.includes(name)) input[name] = "Next step";
  }
  return input;
}
