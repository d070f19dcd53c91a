import { z } from "zod";
import type { ExecutedCall, Finish } from "../../agent/finish.ts";
import type { Finding } from "../../run/results.ts";
import { evidenceFrom } from "../reviewer/evidence.ts";

/** What came of the try to prove one finding wrong. */
export type Judgement =
  | { readonly findingId: string; readonly kind: "stands" }
  | {
      readonly findingId: string;
      readonly kind: "refuted";
      /** For people. */
      readonly reason: string;
      /** What was run to show it. */
      readonly shownBy: Finding["evidence"];
    }
  | { readonly findingId: string; readonly kind: "duplicate"; readonly of: string };

/** Accepts one verdict for each finding; what failed again by a command is refuted by a command only. */
export function refuterFinish(
  findings: readonly Finding[],
): Finish<readonly Judgement[], z.infer<typeof refuterInput>> {
  return {
    description: "Hand in your verdicts, one for each finding. This ends your work.",
    input: refuterInput,
    accept: ({ verdicts }, calls) => {
      const problems = findings
        .filter(({ id }) => verdicts.filter((verdict) => verdict.id === id).length !== 1)
        .map(({ id }) => `${id} needs exactly one verdict.`);
      for (const verdict of verdicts) problems.push(...problemsWith(verdict, verdicts, findings, calls));
      if (problems.length > 0) return { problem: `Not accepted.\n${problems.join("\n")}` };
      return { result: verdicts.map((verdict) => judgementOf(verdict, calls)) };
    },
  };
}

type Verdict = z.infer<typeof refuterInput>["verdicts"][number];

const refuterInput = z.object({
  verdicts: z
    .array(
      z.object({
        id: z.string().describe("Of the finding."),
        verdict: z.enum(["stands", "refuted", "duplicate"]),
        of: z.string().nullable().default(null).describe("duplicate: the finding that stays; else null."),
        reason: z.string().trim().max(1_000).default("").describe("refuted: what is the case instead."),
        command: z
          .string()
          .nullable()
          .default(null)
          .describe("refuted: the bash command you ran which shows it, character for character, or null."),
      }),
    )
    .max(60),
});

function problemsWith(
  verdict: Verdict,
  all: readonly Verdict[],
  findings: readonly Finding[],
  calls: readonly ExecutedCall[],
): string[] {
  const { id, of, reason, command } = verdict;
  const finding = findings.find((one) => one.id === id);
  if (finding === undefined) return [`There is no finding ${id} here.`];
  if (command !== null && evidenceFrom(calls, command) === null) {
    return [`${id}: \`command\` is not one that you ran with bash here, character for character.`];
  }
  if (verdict.verdict === "duplicate") {
    const stays = all.find((other) => other.id === of);
    if (of === id || stays?.verdict !== "stands")
      return [`${id}: \`of\` names another finding, one that stands.`];
  }
  if (verdict.verdict !== "refuted") return [];
  if (reason === "") return [`${id}: say in \`reason\` what is the case instead.`];
  if (finding.evidence?.again?.isSame && command === null) {
    return [
      `${id}: its command failed again, so a reason alone does not refute it; run one that shows it, or let it stand.`,
    ];
  }
  return [];
}

function judgementOf(
  { id, verdict, of, reason, command }: Verdict,
  calls: readonly ExecutedCall[],
): Judgement {
  switch (verdict) {
    case "stands":
      return { findingId: id, kind: "stands" };
    case "refuted": {
      const shownBy = command === null ? null : evidenceFrom(calls, command);
      return { findingId: id, kind: "refuted", reason, shownBy };
    }
    case "duplicate":
      return { findingId: id, kind: "duplicate", of: of ?? "" };
    default:
      return verdict satisfies never;
  }
}
