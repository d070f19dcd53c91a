import type { Figure } from "../figure.ts";
import { describeLoad, describeMachine } from "../machine.ts";
import { count, figureColumns, figureRow } from "../table.ts";
import { peers } from "./peers.ts";
import { notes } from "./report-notes.ts";
import { medianTurn, type Results } from "./figures.ts";
import { columns, problemLines, rowOf } from "./table.ts";
import type { Measured } from "./measured.ts";

/** docs/performance.md. */
export async function renderReport(
  results: Results,
  figures: readonly Figure[],
  { rounds }: { rounds: number },
): Promise<string> {
  const { measured, many } = results;
  const problems = problemLines(results);
  const versions = [
    ...new Map(peers.map((peer) => [peer.package, `${peer.package}@${peer.version}`])).values(),
  ];
  return [
    "# Performance",
    `Written by \`npm run bench -- harness --write\` on ${new Date().toISOString().slice(0, 10)}, ${rounds} rounds, on a shared machine: ${await describeMachine()}. Peers: ${versions.join(", ")}. ${describeLoad()}`,
    "![Billed tokens by harness and conversation](performance.svg)",
    "## Against the targets",
    markdownTable(figureColumns, figures.map(figureRow)),
    "## All figures",
    markdownTable(columns, measured.map(rowOf)),
    problems.length > 0
      ? problems.map((line) => `- ${line}`).join("\n")
      : "Every harness walked every conversation to its end, and its work is in the last commit.",
    "Harness time a turn over all conversations without faults, median in ms: " +
      [...new Set(measured.map(({ harness }) => harness))]
        .map((name) => `${name} ${medianTurn(results, name)?.toFixed(1) ?? "–"}`)
        .join(", ") +
      ".",
    `${many.asked} conversations of 30 turns at once in one worker process: ${many.finished} finished in ${many.seconds.toFixed(0)} s; the process held ${many.idleMb.toFixed(0)} MB before and ${many.peakMb.toFixed(0)} MB at most.`,
    "## What stands at the head of each harness's conversation",
    promptTable(measured.filter(({ trajectory }) => trajectory === "6 turns")),
    notes,
    "",
  ].join("\n\n");
}

function promptTable(runs: readonly Measured[]): string {
  const rows = runs.flatMap(({ harness, prompt, sideRequests }) =>
    prompt === null
      ? []
      : [
          [
            harness,
            String(prompt.tools),
            count(prompt.toolTokens),
            count(prompt.systemTokens),
            count(prompt.firstMessageTokens),
            String(prompt.breakpoints),
            prompt.maxOutputTokens === null ? "–" : count(prompt.maxOutputTokens),
            String(sideRequests),
          ],
        ],
  );
  return markdownTable(
    [
      "harness",
      "tools",
      "tokens of tools",
      "of the system prompt",
      "of the first message",
      "breakpoints",
      "max_tokens",
      "side requests",
    ],
    rows,
  );
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"-|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
