import type { CoderFigures } from "./evaluate-coder.ts";
import type { ReviewerFigures } from "./evaluate-reviewer.ts";
import { shareWords } from "./share.ts";
import type { Cost } from "./spent.ts";

/** The figures in words, for a terminal. */
export function reviewerReport(figures: ReviewerFigures): string {
  const lines = [
    `Faults found: ${shareWords(figures.found)}`,
    `False alarms on the changes as merged: ${shareWords(figures.falseAlarms)}`,
  ];
  if (figures.notFinished > 0)
    lines.push(`Reviews that came to no end, counted in neither: ${figures.notFinished}`);
  lines.push(costLine(figures.cost, figures.cases.length, "review"));
  if (figures.endedEarly !== null) lines.push(figures.endedEarly.words);
  else if (figures.cases.length === 0) lines.push(nothingFits);
  return `${lines.join("\n")}\n`;
}

export function coderReport(figures: CoderFigures): string {
  const lines = [`Changes resolved: ${shareWords(figures.resolved)}`];
  for (const { title, sha, why, cost } of figures.cases) {
    lines.push(`  ${sha.slice(0, 7)}  ${money(cost.usd)}  ${title}${why === null ? "" : `: ${why}`}`);
  }
  lines.push(costLine(figures.cost, figures.cases.length, "change"));
  if (figures.endedEarly !== null) lines.push(figures.endedEarly.words);
  else if (figures.cases.length === 0) lines.push(nothingFits);
  return `${lines.join("\n")}\n`;
}

const nothingFits =
  "No change of this repository fits: it takes commits that change sources, with checks that pass (see --verify, --setup, --depth).";

function costLine(cost: Cost, cases: number, each: string): string {
  const mean = cost.usd === null || cases === 0 ? "" : `, ${money(cost.usd / cases)} a ${each}`;
  return `Cost: ${money(cost.usd)}${mean}, ${cost.tokens.toLocaleString("en")} new tokens, ${cost.turns} turns`;
}

function money(usd: number | null): string {
  return usd === null ? "price not known" : `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}
