import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { isDecision } from "../../src/replay/divergence.ts";
import { LifeTape } from "../../src/replay/life-tape.ts";
import { livesOf, replayRun } from "../../src/replay/replay-run.ts";
import { runFromFile } from "../../src/replay/run-file.ts";

/** Runs as an earlier day's code recorded them; scripts/record-replay-corpus.ts records them anew. */
const corpus = path.join(import.meta.dirname, "../fixtures/replay");

test.for(readdirSync(corpus))("today's code decides in %s as the code that recorded it", async (file) => {
  const recorded = runFromFile(readFileSync(path.join(corpus, file)));
  const { divergences, notes } = await replayRun(recorded);
  expect(divergences.filter(isDecision)).toEqual([]);
  expect(notes).toEqual([]);
});

test.for(readdirSync(corpus))("all that the tape of %s refers to is on it", (file) => {
  const { events, tapes, ...rest } = runFromFile(readFileSync(path.join(corpus, file)));
  const claims = events.filter(({ event }) => event.type === "run.claimed");
  for (const claim of claims) {
    const life = livesOf({ events, tapes, ...rest }, claim);
    const tape = new LifeTape(life?.calls ?? [], life?.read ?? (() => new Uint8Array()));
    expect(tape.calls.length).toBeGreaterThan(50);
    for (const call of tape.calls) {
      tape.argsOf(call);
      if (call.result.kind === "value") tape.decode(call.result.value);
    }
  }
});
