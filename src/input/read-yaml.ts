import { LineCounter, isMap, isNode, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import type { z } from "zod";
import { nearest } from "../triggers/nearest.ts";

/** What is wrong in a file that a person wrote, and where. */
export interface YamlProblem {
  /** Line in the file, from 1. */
  readonly line: number;
  /** `sandbox.memoryMb`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly mend: string;
}

export type ReadYaml<T> =
  | { readonly ok: true; readonly value: T; readonly lineOf: (path: readonly string[]) => number }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

type Issue = z.core.$ZodIssue;

/** A YAML file by its schema. Every problem is named at once, with its line and its mend; an empty file counts as `{}`. */
export function readYaml<T>(
  text: string,
  options: {
    schema: z.ZodType<T>;
    /** The keys that a map at this path may have; for "did you mean". */
    keysAt: (path: readonly string[]) => readonly string[];
    /** What to do about an issue, where there is more to say than its kind tells. */
    mendOf?: (issue: Issue, path: readonly string[]) => string | null;
  },
): ReadYaml<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, maxAliasCount: 0 } as object);
  const syntax = document.errors.map((error): YamlProblem => ({
    line: lines.linePos(error.pos[0]).line || 1,
    path: "",
    message: firstSentence(error.message),
    mend: "Correct the YAML there; an editor with a YAML plugin shows the place.",
  }));
  if (syntax.length > 0) return { ok: false, problems: syntax };

  const value = plainValue(document);
  if (value instanceof Error) {
    const mend = "Write the values out instead of using anchors and aliases.";
    return { ok: false, problems: [{ line: 1, path: "", message: "The file uses YAML aliases.", mend }] };
  }
  const lineOf = (path: readonly string[]): number => lineIn(document, lines, path);
  const parsed = options.schema.safeParse(value ?? {});
  if (parsed.success) return { ok: true, value: parsed.data, lineOf };
  const find = (issue: Issue): YamlProblem[] => problemsOf(issue, { ...options, lineOf });
  return { ok: false, problems: parsed.error.issues.flatMap(find) };
}

type Place = Pick<Parameters<typeof readYaml>[1], "keysAt" | "mendOf"> & {
  lineOf: (path: readonly string[]) => number;
};

/** An unknown key stands at its own line with the nearest known one; a union reports its best-fitting branch. */
function problemsOf(issue: Issue, place: Place): YamlProblem[] {
  if (issue.code === "invalid_union") {
    const branches = issue.errors.toSorted((a, b) => deepest(b) - deepest(a));
    const best = branches[0] ?? [];
    if (deepest(best) > 0) {
      return best.flatMap((inner) =>
        problemsOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue, place),
      );
    }
  }
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], place));
  return [
    {
      line: place.lineOf(path),
      path: path.join("."),
      message: issue.message.replace(/^Invalid input: /, ""),
      mend: place.mendOf?.(issue, path) ?? usualMend(issue, path),
    },
  ];
}

function deepest(issues: readonly Issue[]): number {
  return Math.max(
    0,
    ...issues.map((issue) => issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0)),
  );
}

function unknownKey(path: readonly string[], place: Place): YamlProblem {
  const known = place.keysAt(path.slice(0, -1));
  const close = nearest(path.at(-1)!, known);
  const mend =
    close === null ? `Remove it, or use one of: ${known.join(", ")}.` : `Did you mean \`${close}\`?`;
  return { line: place.lineOf(path), path: path.join("."), message: "There is no such setting.", mend };
}

function usualMend(issue: Issue, path: readonly string[]): string {
  if (path.length === 0) return "The file must be a map of settings, such as `verify: npm test`.";
  switch (issue.code) {
    case "too_small":
      return issue.inclusive === false ? `Use more than ${issue.minimum}.` : `Use ${issue.minimum} or more.`;
    case "too_big":
      return `Use ${issue.maximum} or less.`;
    case "invalid_type":
      return `Write a ${issue.expected === "int" ? "whole number" : issue.expected} there.`;
    case "invalid_value":
      return `Use one of: ${issue.values.map(String).join(", ")}.`;
    default:
      return "Correct the value, or remove the line to get the default.";
  }
}

/** The line of the key for a map entry, of the item in a list; the nearest parent that is in the file. */
function lineIn(document: Document, lines: LineCounter, path: readonly string[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1]!;
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === key) : undefined;
    const node: unknown = pair?.key ?? document.getIn(path.slice(0, depth), true);
    if (isNode(node) && (node as Node).range) return lines.linePos((node as Node).range![0]).line;
  }
  return 1;
}

function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return error instanceof Error ? error : new Error("unreadable");
  }
}

function firstSentence(message: string): string {
  return (message.split(" at line ")[0] ?? message).split("\n")[0]!.trim();
}
