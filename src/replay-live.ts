import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { styleText } from "node:util";
import { environmentWithApp, readConfig, readLocalConfig } from "./config.ts";
import { ConfigurationError } from "./errors.ts";
import { realGit } from "./git/git.ts";
import { createLogger } from "./log.ts";
import { modelsFor, openModels, sandboxesFor } from "./main.ts";
import { liveStep } from "./replay/live-step.ts";
import { decode } from "./replay/codec.ts";
import { replayLife, type RecordedLife } from "./replay/replay-life.ts";
import { livesOf, type RecordedRun } from "./replay/replay-run.ts";
import { dataDirectoryOnTape } from "./replay/tape.ts";
import type { SandboxSpec } from "./sandbox/sandbox.ts";
import { eventLine, type Style } from "./steps/event-line.ts";
import { money } from "./steps/packet-words.ts";

/** `handback replay RUN --step NAME --from N --live`. Exit code 0: the step came to its end. Nothing is written to GitHub. */
export async function replayLive(
  recorded: RecordedRun,
  request: { step: string; from: number; json: boolean },
): Promise<number> {
  const { step, from } = request;
  const style: Style = (format, text) => styleText(format, text, { stream: process.stderr });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const started = recorded.events.findLast(
    ({ event }) => event.type === "step.started" && event.step === step,
  );
  const claim = recorded.events.find(
    ({ event }) => event.type === "run.claimed" && event.epoch === started?.epoch,
  );
  const life = claim === undefined ? null : livesOf(recorded, claim);
  if (life === null) {
    throw new ConfigurationError("replay.no_step", `There is no tape of a step ${step} in this run.`, {
      mend: "handback replay RUN shows its steps.",
    });
  }
  const config = life.header.local === null ? readConfig(environmentWithApp()) : readLocalConfig();
  requireMirror(life, { step, dataDirectory: config.dataDir });
  const models = openModels(config);
  const logger = createLogger({ level: "silent" });
  // Its own folder: a server beside it would sweep what belongs to a run that is over.
  const sandboxes = sandboxesFor(config, logger, "replay-sandboxes");
  for (const warning of (await sandboxes.open(config.sandbox.image)).warnings) say(warning);
  const directory = await mkdtemp(path.join(tmpdir(), "handback-replay-"));
  try {
    const { live, outcome } = liveStep({
      step,
      from,
      events: life.own.map(({ event }) => event),
      world: {
        sandboxes,
        model: modelsFor(models, logger),
        git: realGit,
        dataDirectory: config.dataDir,
        directory,
      },
      onEvent: (event) => {
        const line = eventLine(event, style);
        if (line !== null) say(line);
      },
      onNote: (note) => say(style("yellow", note)),
    });
    await replayLife(life, { live });
    const { result, diff, answers, usd } = outcome;
    if (request.json) process.stdout.write(`${JSON.stringify({ step, from, ...outcome })}\n`);
    else {
      process.stdout.write(diff === "" ? "Nothing was committed.\n" : diff);
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    }
    say(
      `${answers} answer${answers === 1 ? "" : "s"} of the model, ${money(usd)}. Nothing was written to GitHub.`,
    );
    return result === null ? 1 : 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The commits that the step began with are in a mirror, or nowhere. */
function requireMirror(
  life: RecordedLife,
  { step, dataDirectory }: { step: string; dataDirectory: string },
): void {
  const start = life.calls.find((call) => call.step === step && call.method === "start" && call.on === "");
  if (start === undefined) {
    throw new ConfigurationError("replay.no_agent", `No agent worked in a sandbox in step ${step}.`, {
      mend: "Name a step with turns: write-code, review-1, …",
    });
  }
  const [spec] = decode(start.args, { read: life.read }) as [SandboxSpec];
  const { mirror: onTape } = spec.checkout;
  const mirror = path.join(dataDirectory, onTape.slice(dataDirectoryOnTape.length));
  if (existsSync(mirror)) return;
  throw new ConfigurationError("replay.no_mirror", `The repository's mirror ${mirror} is not there.`, {
    mend: "A live conversation needs it: replay where the run was made, with the same HANDBACK_DATA. A demo's is gone with the demo.",
  });
}
