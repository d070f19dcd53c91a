import type { CheckResult } from "../../run/events.ts";
import { inFence } from "../in-fence.ts";
import type { Finding, Plan } from "../../run/results.ts";
import { quoteData } from "../task.ts";

export function describePlan(plan: Plan): string {
  const lines = [
    plan.summary,
    "",
    ...plan.steps.map((step, n) => `${n + 1}. ${step}`),
    ...(plan.risks.length > 0 ? ["", "Risks:", ...plan.risks.map((risk) => `- ${risk}`)] : []),
  ];
  return `# Plan\n\n${quoteData({ kind: "plan", author: "the planner", text: lines.join("\n"), as: "code" })}`;
}

export function describeFailedChecks(checks: readonly CheckResult[]): string {
  return checks
    .filter((check) => check.exitCode !== 0)
    .map((check) => {
      const end =
        check.exitCode === null ? `was killed (${check.reason})` : `ends with exit code ${check.exitCode}`;
      return `\`${check.command}\` ${end}:\n${quoteData({ kind: "output", author: "this command", text: inFence(check.tail), as: "code" })}`;
    })
    .join("\n\n");
}

export function describeFindings(findings: readonly Finding[]): string {
  const described = findings.map((finding) => {
    const place = `${finding.path}${finding.line === null ? "" : `:${finding.line}`}`;
    const lines = [`${finding.title} (${finding.severity}, ${place})`, "", finding.body];
    if (finding.suggestion !== null) lines.push("", "Suggested line:", inFence(finding.suggestion));
    if (finding.evidence) {
      const { command, exitCode, output } = finding.evidence;
      lines.push(
        "",
        `Shown by (exit code ${exitCode ?? "none, killed"}):`,
        inFence(`$ ${command}\n${output}`),
      );
    }
    return `## Finding ${finding.id}\n\n${quoteData({ kind: "finding", author: "the reviewer", text: lines.join("\n"), as: "code" })}`;
  });
  return ["# Findings", ...described].join("\n\n");
}
