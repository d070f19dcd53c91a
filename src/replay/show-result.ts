import { printable } from "../agent/printable.ts";
import type { Style } from "../steps/event-line.ts";
import { isDecision, placeOf, type Divergence } from "./divergence.ts";
import type { ReplayResult } from "./replay-run.ts";

/** What today's code does otherwise, and what could not be replayed. `prompts`: whether words to a model are told, too. */
export function showResult(
  { run, outcome, divergences, notes }: ReplayResult,
  { style, prompts }: { style: Style; prompts: boolean },
): string {
  const shown = divergences.filter((one) => prompts || isDecision(one));
  const words = {
    replayed: style("green", "replayed"),
    diverged: style("red", "diverged"),
    not_recorded: style("yellow", "not recorded"),
  };
  return [
    `${run.id} ${words[outcome]}`,
    ...shown.slice(0, most).flatMap((one) => showDivergence(one, style)),
    ...(shown.length > most ? [`  … and ${shown.length - most} more, which may follow from these`] : []),
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

const most = 8;

function showDivergence(divergence: Divergence, style: Style): string[] {
  const colour = isDecision(divergence) ? "red" : "yellow";
  const label = isDecision(divergence) ? "decides differently" : "told differently";
  const lines = [`  ${style(colour, label)}, ${placeOf(divergence)}: ${printable(divergence.what)}`];
  const part = (sign: string, text: string | null): void => {
    if (text === null || text === "") return;
    for (const line of text.split("\n")) lines.push(`    ${sign} ${printable(line)}`);
  };
  part("-", divergence.recorded);
  part("+", divergence.today);
  return lines;
}
