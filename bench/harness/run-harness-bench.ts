import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { figuresAgainstTargets } from "./figures.ts";
import { benchHarness } from "./harness-bench.ts";
import { describeLoad } from "../machine.ts";
import { drawPicture } from "./picture.ts";
import { renderReport } from "./report.ts";
import { renderTable } from "./table.ts";

/** `npm run bench -- harness`: 0 when every target holds, else 1. Progress goes to stderr, results to stdout. */
export async function runHarnessBench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 50) {
    throw new Error(`--rounds takes a number from 1 to 50, not ${values.rounds}.`);
  }
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const results = await benchHarness({ fresh: values.fresh, rounds, say });
  const figures = figuresAgainstTargets(results);
  say(describeLoad());
  if (values.write) {
    const docs = join(import.meta.dirname, "../../docs");
    writeFileSync(join(docs, "performance.svg"), drawPicture(results.measured));
    writeFileSync(join(docs, "performance.md"), await renderReport(results, figures, { rounds }));
    say("Wrote docs/performance.md and docs/performance.svg");
  }
  process.stdout.write(`${values.json ? JSON.stringify(figures) : renderTable(results, figures)}\n`);
  return figures.every(({ holds }) => holds) ? 0 : 1;
}
