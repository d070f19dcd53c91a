import type { Figure } from "../figure.ts";
import { aligned, count, figureTable } from "../table.ts";
import type { Results } from "./figures.ts";
import type { Measured } from "./measured.ts";
import { median } from "../median.ts";

export const columns = [
  "trajectory",
  "harness",
  "billed tokens",
  "input",
  "output",
  "cached",
  "requests",
  "KB sent",
  "ms a turn",
  "seconds",
  "peak MB",
  "done",
] as const;

export function rowOf(run: Measured): string[] {
  const side = run.sideRequests > 0 ? ` (${run.sideRequests} side)` : "";
  const turn = median(run.turnMs);
  const sandbox = run.sandboxMb === null ? "" : ` + ${run.sandboxMb.toFixed(0)}`;
  return [
    run.trajectory,
    run.harness,
    count(run.billed),
    count(run.input),
    count(run.output),
    `${(100 * run.cachedShare).toFixed(0)} %`,
    `${run.requests}${side}`,
    count(run.bytes / 1000),
    Number.isNaN(turn) ? "–" : turn.toFixed(1),
    run.seconds.toFixed(1),
    `${run.peakMb.toFixed(0)}${sandbox}`,
    run.problems.length === 0 ? "yes" : "no",
  ];
}

/** For a terminal. */
export function renderTable(results: Results, figures: readonly Figure[]): string {
  return [
    aligned([columns, ...results.measured.map(rowOf)]),
    ...problemLines(results),
    figureTable(figures),
  ].join("\n\n");
}

/** What was not measured or did not do its work, each with the reason. */
export function problemLines({ measured, notMeasured, many }: Results): string[] {
  return [
    ...notMeasured.map(({ harness, reason }) => `${harness}: not measured: ${reason}`),
    ...measured.flatMap((run) =>
      run.problems.map((problem) => `${run.harness}, ${run.trajectory}: ${problem}`),
    ),
    ...(many.problem === null ? [] : [`${many.asked} runs at once: ${many.problem}`]),
  ];
}
