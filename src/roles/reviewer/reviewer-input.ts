import { z } from "zod";
import { lenses } from "../../run/lens.ts";

/** What `finish` takes of a reviewer. The same for every lens, to the byte: tools stand at the head of what is cached. */
export const reviewerInput = z.object({
  summary: z
    .string()
    .trim()
    .min(1)
    .max(4_000)
    .describe("One or two sentences: what you ran, whether it holds."),
  findings: z
    .array(
      z.object({
        id: z
          .string()
          .nullable()
          .default(null)
          .describe("Of an earlier finding that still stands; else null."),
        severity: z.enum(["blocking", "important", "minor"]),
        lens: z.enum(lenses).nullable().default(null).describe("Which lens shows it; null: your first."),
        path: z.string().min(1).describe("As the diff names it."),
        line: z
          .number()
          .int()
          .min(1)
          .nullable()
          .default(null)
          .describe("In the new version; null for the whole change."),
        quote: z
          .string()
          .max(2_000)
          .nullable()
          .default(null)
          .describe("The text of that line, exactly; null only without a line."),
        title: z.string().trim().min(1).max(200).describe("The failure in one line."),
        body: z
          .string()
          .trim()
          .min(1)
          .max(4_000)
          .describe("What happens with which input, and what should happen."),
        asked: z
          .string()
          .max(1_000)
          .nullable()
          .default(null)
          .describe("Words of the task that are not met, exactly; else null."),
        suggestion: z
          .string()
          .max(4_000)
          .nullable()
          .default(null)
          .describe("Text that replaces that line, or start_line to line; else null."),
        start_line: z
          .number()
          .int()
          .min(1)
          .nullable()
          .default(null)
          .describe("First line that the suggestion replaces, when there are several."),
        evidence: z
          .string()
          .nullable()
          .default(null)
          .describe("blocking: the bash command you ran which shows the fault, character for character."),
      }),
    )
    .max(10)
    .describe("The worst first; empty when there is none."),
  unverified: z.array(z.string().trim().min(1).max(1_000)).max(20).default([]),
  no_test_needed: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .nullable()
    .default(null)
    .describe("Lens tests: why sources changed without a test and none is needed; else null."),
});

export type ReviewerInput = z.infer<typeof reviewerInput>;
export type FindingInput = ReviewerInput["findings"][number];
