import type { Scene, Turn } from "../../demo/script.ts";
import type { ReviewerFigures } from "../evaluate-reviewer.ts";
import type { KnownAnswer } from "./known-answer.ts";

/** Three of six faults found, one false alarm in three reviews: what is missed is missed in each way that there is. */
export const reviewerAnswer: KnownAnswer = {
  script: {
    scenes: [
      seeing(String.raw`(\d{3}))?$/`, {
        path: "src/money.ts",
        line: 19,
        quote: String.raw`  const match = /^€?(\d+)(?:[.,](\d{3}))?$/.exec(text.trim());`,
      }),
      // Seen, and told of another place: a person would not find it.
      seeing("match[2] ?? 1", { path: "src/money.ts", line: 16, quote: "" }),
      // Two lines off is near enough.
      seeing("Number(match[2]) * 100", {
        path: "src/money.ts",
        line: 19,
        quote: String.raw`  const match = /^€?(\d+)(?:[.,](\d{2}))?$/.exec(text.trim());`,
      }),
      silent("if (subtotal <= 0) return 1;"),
      // A small thing is no alarm.
      seeing("const WIDTH = 33;", {
        path: "src/receipt.ts",
        line: 7,
        quote: "const WIDTH = 33;",
        severity: "minor",
      }),
      seeing("WIDTH + amount.length", {
        path: "src/receipt.ts",
        line: 26,
        quote: "  const room = WIDTH + amount.length - 1;",
      }),
      seeing("Take things back", {
        path: "src/discount.ts",
        line: 9,
        quote: "  if (subtotal <= 0) return 0;",
      }),
      silent(""),
      {
        role: "refuter",
        when: "",
        turns: [finishing({ verdicts: [{ id: "f1", verdict: "stands" }] })],
      },
    ],
  },
  options: { cases: 6, depth: 10, seed: 7 },
  expected: { found: "3 of 6", falseAlarms: "1 of 3" },
  summarise: (figures) => {
    const { found, falseAlarms } = figures as ReviewerFigures;
    return {
      found: `${found.count} of ${found.of}`,
      falseAlarms: `${falseAlarms.count} of ${falseAlarms.of}`,
    };
  },
};

/** A reviewer who hands in one finding when the change holds `when`. An empty quote: of the whole change. */
function seeing(
  when: string,
  place: { path: string; line: number; quote: string; severity?: "minor" },
): Scene {
  const { path, quote, severity = "important" } = place;
  const line = quote === "" ? null : place.line;
  const finding = {
    severity,
    path,
    line,
    quote: line === null ? null : quote,
    title: `Wrong at line ${place.line}`,
    body: "With some input it gives another result than it should.",
    suggestion: null,
    evidence: null,
  };
  return {
    role: "reviewer",
    when,
    turns: [finishing({ summary: "One thing is wrong.", findings: [finding], unverified: [] })],
  };
}

function silent(when: string): Scene {
  return {
    role: "reviewer",
    when,
    turns: [finishing({ summary: "It holds.", findings: [], unverified: [] })],
  };
}

function finishing(input: object): Turn {
  return { say: "[scripted]", calls: [{ tool: "finish", input }] };
}
