import { ratioOf, rounded, type Figure } from "../figure.ts";
import { ours } from "./contestants.ts";
import type { ManyRuns } from "./fifty-runs.ts";
import type { Measured } from "./measured.ts";
import { median } from "../median.ts";
import type { Trajectory } from "./trajectory.ts";

export interface Results {
  readonly measured: readonly Measured[];
  readonly notMeasured: readonly { readonly harness: string; readonly reason: string }[];
  readonly many: ManyRuns;
}

/** Targets 4, 5 and 6 of this bench. A target that compares with the best peer holds only when every peer was measured. */
export function figuresAgainstTargets(results: Results): Figure[] {
  return [turnFigure(results), ...tokenFigures(results), faultFigure(results), ...memoryFigures(results)];
}

function turnFigure(results: Results): Figure {
  const value = medianTurn(results, ours);
  const best = bestPeer(results, (name) => medianTurn(results, name));
  const ratio = ratioOf(value, best.value);
  return {
    name: "harness time a turn, median",
    value: rounded(value, 1),
    unit: "ms",
    against: told(best, "ms", 1),
    ratio: rounded(ratio, 2),
    target: "≤ 10 ms, and ≤ 0.5 × the fastest peer",
    holds: best.isWhole && value !== null && value <= 10 && ratio !== null && ratio <= 0.5,
  };
}

function tokenFigures(results: Results): Figure[] {
  const limits: [Trajectory["name"], number, string][] = [
    ["6 turns", 1, "< 1 × the best peer"],
    ["30 turns", 1, "< 1 × the best peer"],
    ["large outputs", 0.8, "≤ 0.8 × the best peer"],
  ];
  return limits.map(([trajectory, limit, target]) => {
    const billed = (name: string) => finished(results, name, trajectory)?.billed ?? null;
    const value = billed(ours);
    const best = bestPeer(results, billed);
    const ratio = ratioOf(value, best.value);
    const isUnder = ratio !== null && (limit < 1 ? ratio <= limit : ratio < limit);
    const against = told(best, "tokens", 0);
    return {
      name: `billed tokens, ${trajectory}`,
      value,
      unit: "tokens",
      against,
      ratio: rounded(ratio, 3),
      target,
      holds: best.isWhole && isUnder,
    };
  });
}

function faultFigure(results: Results): Figure {
  const run = finished(results, ours, "faults");
  const best = bestPeer(results, (name) => finished(results, name, "faults")?.billed ?? null);
  return {
    name: "billed tokens, faults",
    value: run?.billed ?? null,
    unit: "tokens",
    against: told(best, "tokens", 0),
    ratio: rounded(ratioOf(run?.billed ?? null, best.value), 3),
    target: "walked to its end, with all its work",
    holds: run !== null,
  };
}

function memoryFigures(results: Results): Figure[] {
  const { idleMb, peakMb, asked, finished: done } = results.many;
  const best = bestPeer(results, (name) => {
    const peaks = results.measured.filter(({ harness }) => harness === name).map((run) => run.peakMb);
    return peaks.length > 0 ? Math.max(...peaks) : null;
  });
  const each = Number.isNaN(peakMb - idleMb) ? null : (peakMb - idleMb) / asked;
  const idle = Number.isNaN(idleMb) ? null : idleMb;
  const against = told(best, "MB at most", 0);
  return [
    {
      name: "worker, no run",
      value: rounded(idle, 0),
      unit: "MB",
      against,
      ratio: rounded(ratioOf(idle, best.value), 2),
      target: "≤ 120 MB",
      holds: idle !== null && idle <= 120,
    },
    {
      name: "worker, for each run",
      value: rounded(each, 1),
      unit: "MB",
      against,
      ratio: rounded(ratioOf(each, best.value), 3),
      target: "≤ 5 MB",
      holds: each !== null && each <= 5,
    },
    {
      name: "runs at once in one worker",
      value: done,
      unit: "runs",
      against: `${asked} asked for`,
      ratio: rounded(done / asked, 2),
      target: `${asked} finish`,
      holds: done === asked,
    },
  ];
}

interface Best {
  readonly name: string;
  readonly value: number | null;
  /** Every peer has a value. */
  readonly isWhole: boolean;
  readonly missing: readonly string[];
}

/** The lowest of the peers. */
function bestPeer(results: Results, of: (name: string) => number | null): Best {
  const names = [...new Set(results.measured.filter(({ isPeer }) => isPeer).map(({ harness }) => harness))];
  const values = names.map((name) => ({ name, value: of(name) }));
  const known = values.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
  const [best] = known.sort((a, b) => a.value - b.value);
  const missing = [
    ...results.notMeasured.map(({ harness }) => harness),
    ...values.filter(({ value }) => value === null).map(({ name }) => name),
  ];
  return { name: best?.name ?? "", value: best?.value ?? null, isWhole: missing.length === 0, missing };
}

function told({ name, value, missing }: Best, unit: string, digits: number): string {
  const words = value === null ? [] : [`${name}: ${rounded(value, digits)} ${unit}`];
  return [...words, ...missing.map((each) => `${each}: not measured`)].join("; ");
}

/** Only of a run that did all its work. */
function finished(results: Results, name: string, trajectory: string): Measured | null {
  const run = results.measured.find((each) => each.harness === name && each.trajectory === trajectory);
  return run && run.problems.length === 0 ? run : null;
}

/** Over all turns of all conversations without faults. */
export function medianTurn({ measured }: Results, name: string): number | null {
  const runs = measured.filter(({ harness, trajectory }) => harness === name && trajectory !== "faults");
  const turns = runs.flatMap(({ turnMs }) => turnMs);
  return turns.length > 0 ? median(turns) : null;
}
