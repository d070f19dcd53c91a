import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Figure } from "../figure.ts";
import { describeLoad, describeMachine } from "../machine.ts";
import { figureTable } from "../table.ts";
import { benchCalls } from "./calls.ts";
import { benchEgress } from "./egress.ts";
import { longHistory } from "./long-history.ts";
import { benchMany } from "./many.ts";
import { openPlace } from "./place.ts";
import { benchPooled } from "./pooled.ts";
import { renderPage } from "./page.ts";
import { benchStart } from "./start.ts";

/** `npm run bench -- sandbox`: 0 when every target holds, else 1. Progress goes to stderr, results to stdout. */
export async function runSandboxBench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      rounds: { type: "string", default: "9" },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new Error(`--rounds takes a number from 1 to 100, not ${values.rounds}.`);
  }
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  say(await describeMachine());
  say("a repository of 80,000 commits (made once)");
  const history = await longHistory(join(tmpdir(), `handback-bench-history-${process.getuid?.() ?? "own"}`));
  await using place = await openPlace();
  const figures: Figure[] = [];
  // First, while nothing else has been in this process's memory.
  say("50 sandboxes at once");
  figures.push(...(await benchMany(place, history, 50)));
  say("starts");
  figures.push(...(await benchStart(place, history, rounds)));
  say("starts from a pool");
  figures.push(...(await benchPooled(place, history, rounds)));
  say("calls, and commits out");
  figures.push(...(await benchCalls(place, history, rounds)));
  say("connections out");
  figures.push(...(await benchEgress(place, history, rounds)));
  say(describeLoad());
  if (values.write) {
    const page = join(import.meta.dirname, "../../docs/performance-sandbox.md");
    writeFileSync(page, await renderPage(figures, rounds));
    say("Wrote docs/performance-sandbox.md");
  }
  process.stdout.write(`${values.json ? JSON.stringify(figures) : figureTable(figures)}\n`);
  return figures.every(({ holds }) => holds) ? 0 : 1;
}
