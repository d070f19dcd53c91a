import { z } from "zod";
import type { Finish, FinishVerdict } from "../../agent/finish.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { CoderResult, Finding } from "../../run/results.ts";

/** Accepts the coder's result only when the sandbox bears it out: committed, nothing left lying about, all answered. */
export function coderFinish(options: {
  sandbox: Sandbox;
  base: string;
  findings: readonly Finding[];
}): Finish<CoderResult, CoderInput> {
  return {
    description: "Hand in the result.",
    input: coderInput,
    accept: async (input) => {
      if (input.outcome === "nothing_to_do") return acceptNothing(input, options.findings);
      return (await problemWith(input, options)) ?? acceptChange(input);
    },
  };
}

type CoderInput = z.infer<typeof coderInput>;

// One flat object: an API takes no union at the top of a tool's schema.
const coderInput = z.object({
  outcome: z.enum(["changed", "nothing_to_do"]),
  title: z.string().trim().max(120).default("").describe("Imperative."),
  summary: z.string().trim().max(8_000).default("").describe("What, why, how you know; Markdown."),
  unverified: z
    .array(z.string().trim().min(1).max(1_000))
    .max(20)
    .default([])
    .describe("Not checked or left open."),
  answers: z
    .array(
      z.object({
        findingId: z.string(),
        action: z.enum(["fixed", "declined"]),
        reply: z.string().trim().min(1).max(2_000),
      }),
    )
    .default([]),
  reason: z.string().trim().max(2_000).default("").describe("nothing_to_do: why, what next."),
});

function acceptNothing(input: CoderInput, findings: readonly Finding[]): FinishVerdict<CoderResult> {
  if (findings.length > 0) {
    return {
      problem:
        "Not accepted: the findings need answers. Use outcome `changed` with one answer for each of them.",
    };
  }
  if (input.reason === "") return { problem: "Not accepted: `nothing_to_do` needs a `reason`." };
  return { result: { kind: "nothing_to_do", reason: input.reason } };
}

function acceptChange({ title, summary, unverified, answers }: CoderInput): FinishVerdict<CoderResult> {
  return { result: { kind: "changed", title: title.replace(/[.\s]+$/, ""), summary, unverified, answers } };
}

async function problemWith(
  input: CoderInput,
  { sandbox, base, findings }: { sandbox: Sandbox; base: string; findings: readonly Finding[] },
): Promise<{ problem: string } | null> {
  if (input.title === "" || input.summary === "") {
    return { problem: "Not accepted: `changed` needs a `title` and a `summary`." };
  }
  const ids = new Set(findings.map((finding) => finding.id));
  const missing = [...ids].filter(
    (id) => input.answers.filter((answer) => answer.findingId === id).length !== 1,
  );
  const unknown = input.answers
    .filter((answer) => !ids.has(answer.findingId))
    .map((answer) => answer.findingId);
  if (missing.length > 0)
    return { problem: `Not accepted: exactly one answer is needed for ${missing.join(", ")}.` };
  if (unknown.length > 0) return { problem: `Not accepted: there is no finding ${unknown.join(", ")}.` };

  const work = await sandbox.inspectWork(base);
  if (work.dirty) {
    return {
      problem:
        "Not accepted: `git status` shows changes that are not committed. Commit them, or remove what does not belong.",
    };
  }
  const saysFixed = findings.length === 0 || input.answers.some((answer) => answer.action === "fixed");
  if (saysFixed && work.commits === 0) {
    return {
      problem:
        "Not accepted: nothing was committed on this branch. Commit the change, or finish with what is true.",
    };
  }
  return null;
}
