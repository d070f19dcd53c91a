import { printable } from "../../agent/printable.ts";
import type { Compared, ComparedChecks } from "../../run/check-comparison.ts";
import type { CheckResult } from "../../run/events.ts";
import { inFence } from "../in-fence.ts";
import { quoteData } from "../task.ts";

/** A check that fails, with the end of what it printed. */
export function describeCheck(check: CheckResult): string {
  return `\`${printable(check.command)}\` ${endOf(check)}:\n${output(inFence(check.tail))}`;
}

/** What fails before anything was changed; "" where nothing does. */
export function describeFailedBefore(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return "";
  const named = checks.map((check) => {
    const { failed = [] } = check.tests ?? {};
    const what = failed.length > 0 ? output(listed(failed)) : output(inFence(check.tail));
    return `\`${printable(check.command)}\` ${endOf(check)}:\n${what}`;
  });
  return [
    "# What fails before your work",
    "Handback ran the checks on the commit that you start from. What fails there already is not held against your change; mend it only where the task asks for it.",
    ...named,
  ].join("\n\n");
}

/** What broke, and what had failed before, by name. */
export function describeComparison(compared: ComparedChecks): string {
  const { passToFail, newFailing, stillFailing } = compared;
  return [
    section("Passed before your work and fails now:", passToFail),
    compared.hasBase ? section("Fails now and did not fail before your work:", newFailing) : "",
    section("Failed before your work as well, so it is not held against you:", stillFailing),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function section(title: string, list: readonly Compared[]): string {
  const names = list.map(({ command, test }) => test ?? `${command} (as a whole)`);
  return names.length === 0 ? "" : `${title}\n${output(listed(names))}`;
}

function listed(names: readonly string[]): string {
  const more = names.length > longest ? [`- and ${names.length - longest} more`] : [];
  return [...names.slice(0, longest).map((name) => `- ${name}`), ...more].join("\n");
}

const longest = 30;

/** Names of tests are the repository's words, as output is. */
function output(text: string): string {
  return quoteData({ kind: "output", author: "this command", text, as: "code" });
}

function endOf({ exitCode, reason }: CheckResult): string {
  return exitCode === null ? `was killed (${reason})` : `ends with exit code ${exitCode}`;
}
