import { runAgent, type AgentOutcome } from "../../agent/agent.ts";
import { bashTool } from "../../agent/tools/bash.ts";
import { readTool } from "../../agent/tools/read.ts";
import type { Finding } from "../../run/results.ts";
import { inFence } from "../in-fence.ts";
import { promptFile } from "../prompt-file.ts";
import { describeMaterial } from "../reviewer/review-prompt.ts";
import type { ReviewMaterial } from "../reviewer/reviewer.ts";
import type { RoleOptions } from "../role-options.ts";
import { quoteData } from "../task.ts";
import { refuterFinish, type Judgement } from "./refuter-finish.ts";

export interface RefuteOptions extends RoleOptions {
  readonly material: ReviewMaterial;
  /** What is to be proved wrong. */
  readonly findings: readonly Finding[];
}

/** Tries to prove findings wrong, in a clean sandbox and in a conversation of its own. */
export async function refute(options: RefuteOptions): Promise<AgentOutcome<readonly Judgement[]>> {
  const { task, material, findings, sandbox, signal, onTurn, model, budget, effort } = options;
  return await runAgent<readonly Judgement[]>({
    model,
    budget,
    ...(effort === undefined ? {} : { effort }),
    onTurn,
    ...(options.onCompacted ? { onCompacted: options.onCompacted } : {}),
    signal,
    role: "reviewer",
    system: refuterPrompt,
    prompt: [...describeMaterial({ ...material, task }), describeClaims(findings)],
    tools: [bashTool(sandbox), readTool(sandbox)],
    finish: refuterFinish(findings),
  });
}

/** Findings as claims, with how their commands ended when the host ran them again. */
export function describeClaims(findings: readonly Finding[]): string {
  const claims = findings.map((finding) => {
    const { id, path, line, quote, title, body, severity } = finding;
    const place = line === null ? path : `${path}:${line}`;
    const lines = [
      `${title} (${severity}, ${place})`,
      ...(quote === undefined ? [] : [inFence(quote)]),
      body,
    ];
    const text = [...lines, ...endings(finding)].join("\n\n");
    return `## ${id}\n\n${quoteData({ kind: "finding", author: "a reviewer", text, as: "code", limit: 8_000 })}`;
  });
  return ["# Findings to refute", ...claims, "Try to prove each of them wrong."].join("\n\n");
}

function endings({ evidence }: Finding): string[] {
  if (evidence === null) return ["No command shows it."];
  const { command, output, exitCode, again, atBase } = evidence;
  const ended = (code: number | null) => (code === null ? "was killed" : `exit code ${code}`);
  const lines = [`In the reviewer's sandbox: ${ended(exitCode)}`];
  if (again) lines.push(`In a fresh checkout: ${ended(again.exitCode)}`);
  if (atBase) lines.push(`On the base, without the change: ${ended(atBase.exitCode)}`);
  return [inFence(`$ ${command}\n${output}`), lines.join("\n")];
}

export const refuterPrompt = promptFile(import.meta.url);
