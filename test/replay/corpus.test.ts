import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { isDecision } from "../../src/replay/divergence.ts";
import { replayRun } from "../../src/replay/replay-run.ts";
import { runFromFile } from "../../src/replay/run-file.ts";

/** Runs as an earlier day's code recorded them; scripts/record-replay-corpus.ts records them anew. */
const corpus = path.join(import.meta.dirname, "../fixtures/replay");

test.for(readdirSync(corpus))("today's code decides in %s as the code that recorded it", async (file) => {
  const recorded = runFromFile(readFileSync(path.join(corpus, file)));
  const { divergences, notes } = await replayRun(recorded);
  expect(divergences.filter(isDecision)).toEqual([]);
  expect(notes).toEqual([]);
});
