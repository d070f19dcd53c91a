import type { DependencyChange } from "../git/dependency-changes.ts";
import { neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import type { Refusal } from "../run/events.ts";
import { code } from "./code-span.ts";

const mostRows = 30;

/**
 * New dependencies and new versions, as a table; "" for none. What a manifest names comes first, and a lock file adds what comes
 * along with it.
 */
export function dependencyTable(changes: readonly DependencyChange[] = []): string {
  const added = changes.filter(({ to }) => to !== null);
  const direct = added.filter(({ file }) => !isLock(file));
  const named = new Set(direct.map(({ name }) => name));
  const rows = [...direct, ...added.filter(({ file, name }) => isLock(file) && !named.has(name))];
  if (rows.length === 0) return "";
  const lines = rows
    .slice(0, mostRows)
    .map(
      ({ file, name, from, to }) => `| ${code(name)} | ${version(from)} | ${version(to)} | ${code(file)} |`,
    );
  const more = rows.length > mostRows ? [`\n${rows.length - mostRows} more stand in the diff.`] : [];
  return ["| Package | Before | Now | In |", "|-|-|-|-|", ...lines, ...more].join("\n");
}

function version(text: string | null): string {
  if (text === null) return "new";
  return text === "" ? "any" : code(text.slice(0, 80));
}

function isLock(file: string): boolean {
  return /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/.test(file);
}

/** One line for each: what, by which rule, and what a person can do. */
export function refusalList(refusals: readonly Refusal[] = []): string {
  const lines = refusals
    .slice(0, mostRows)
    .map(({ rule, what, mend }) => `- ${oneLine(what)} (rule ${code(rule)}) ${oneLine(mend)}`);
  const more = refusals.length > mostRows ? [`- and ${refusals.length - mostRows} more`] : [];
  return [...lines, ...more].join("\n");
}

function oneLine(text: string): string {
  return neutraliseMarkdown(text.replaceAll(/\s+/g, " ").slice(0, 600));
}
