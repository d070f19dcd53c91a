import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, styleText } from "node:util";
import { ConfigurationError, RunError } from "../errors.ts";
import { createLogger } from "../log.ts";
import { startHandback } from "../main.ts";
import { dataDirectory, environmentWithApp, readConfig, secretsOf } from "../config.ts";
import type { Run } from "../run/run.ts";
import type { Store } from "../store/store.ts";
import { demoOwner, startDemoWorld, type DemoWorld } from "./demo-world.ts";
import { demoIssues, type DemoIssue } from "./issues.ts";
import { demoDatabase, keepRecords } from "./keep-records.ts";
import { ProgressPrinter } from "./progress.ts";
import { ownSeconds, summarise, type RunSummary } from "./run-summary.ts";

/** `handback demo`: exit code 0 when every issue was handed back. Progress on stderr; with `--json` one object on stdout at the end. */
export async function demo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { keep: { type: "boolean" }, json: { type: "boolean" }, live: { type: "boolean" } },
  });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const startedAt = performance.now();
  const interrupted = untilInterrupted();
  const directory = await mkdtemp(path.join(tmpdir(), "handback-demo-"));
  try {
    await using world = await startDemoWorld({
      directory,
      liveModel: values.live === true ? liveModel(readConfig(environmentWithApp()).model) : null,
      logLevel: process.stderr.isTTY ? "error" : "warn",
    });
    const logger = createLogger({
      level: world.config.logLevel,
      secrets: secretsOf(world.config),
      destination: { write: (line) => process.stderr.write(line) },
    });
    await using handback = await startHandback({
      config: world.config,
      roles: { web: true, worker: true },
      logger,
    });
    if (handback.url === null) throw new TypeError("The demo needs the web server.");
    world.connect(handback.url);
    say(banner(world, values.live === true));

    const ended = await askAndWatch(world, handback.store, { say, signal: interrupted });
    const runs = ended.map(({ summary }) => summary);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    say(closing(world, ended, seconds));
    say(keptWords(world.config.databasePath));
    const broken = world.github.violations.length;
    for (const violation of world.github.violations) {
      say(
        `Not as GitHub describes it, a fault of ours: ${violation.where}: ${violation.problems.join("; ")}`,
      );
    }
    if (values.json === true) process.stdout.write(`${JSON.stringify({ runs, seconds })}\n`);
    if (values.keep === true) {
      say("It stays up until Ctrl-C.");
      if (!interrupted.aborted) await once(interrupted, "abort");
    } else {
      say(styleText("dim", "The pages are gone with this process; `npm run demo -- --keep` leaves them up."));
    }
    return runs.every((run) => run.conclusion === "handed_back") && broken === 0 ? 0 : 1;
  } catch (error) {
    if (!interrupted.aborted) throw error;
    say("Interrupted. What it had started is gone.");
    return 130;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** That it can be replayed, and how; why not, where the folder cannot be written. */
function keptWords(database: string): string {
  const kept = demoDatabase(dataDirectory());
  try {
    keepRecords(database, kept);
    return `Its records are in ${path.relative(".", kept)}: \`bin/handback replay --all-demo\` walks them again.`;
  } catch (error) {
    return `Its records could not be kept in ${kept}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

interface EndedRun {
  readonly summary: RunSummary;
  readonly ownSeconds: number;
}

/** The three issues are opened and labelled by their authors, as people would; then the journal is read as it grows. */
async function askAndWatch(
  world: DemoWorld,
  store: Store,
  { say, signal }: { say: (text: string) => void; signal: AbortSignal },
): Promise<EndedRun[]> {
  const asked = new Map<string, DemoIssue>();
  const printer = new ProgressPrinter(say);
  for (const issue of demoIssues) {
    const person = world.github.as(issue.author);
    const repository = `${demoOwner}/${issue.repository}`;
    const { number } = await person.openIssue(repository, { title: issue.title, body: issue.body });
    await person.addLabel(repository, number, world.config.label);
    asked.set(`${issue.repository}#${number}`, issue);
    say(
      `${styleText("bold", `${issue.repository}#${number}`)} ${issue.title} ${styleText("dim", `labelled by ${issue.author}`)}`,
    );
  }
  say("");
  // A real model takes its time; a webhook that got lost would be waited for without end.
  const deadline = performance.now() + 10 * 60_000;
  for (;;) {
    const runs = await store.listRuns({});
    for (const run of runs) printer.show(run, await store.readEvents(run.id, printer.seen(run.id)));
    const ended = runs.filter((run) => run.state.status === "completed");
    if (ended.length === asked.size) {
      const all = ended.map(async (run) => {
        const events = await store.readEvents(run.id);
        return { summary: summarise(run, events), ownSeconds: ownSeconds(events) };
      });
      return (await Promise.all(all)).toSorted((a, b) => a.summary.issue.localeCompare(b.summary.issue));
    }
    if (performance.now() > deadline) {
      const open = [...asked.keys()].filter((issue) => !ended.some((run) => nameOf(run) === issue));
      throw new RunError("demo.too_long", `After ten minutes there is no end of ${open.join(", ")}.`, {
        mend: "Run `bin/handback doctor`; the lines above say how far each one came.",
      });
    }
    await sleep(200, undefined, { signal });
  }
}

function nameOf({ trigger }: Run): string {
  return `${trigger.repository.name}#${trigger.issueNumber}`;
}

function liveModel(model: { apiKey: string | null; baseUrl: string | null }): {
  apiKey: string;
  baseUrl: string | null;
} {
  if (model.apiKey === null) {
    throw new ConfigurationError("demo.no_key", "--live needs a real model, and there is no key for one.", {
      mend: "Set ANTHROPIC_API_KEY, or leave --live out to see the scripted model.",
    });
  }
  return { apiKey: model.apiKey, baseUrl: model.baseUrl };
}

function banner(world: DemoWorld, isLive: boolean): string {
  const row = (what: string, text: string): string => `  ${styleText("bold", what.padEnd(9))} ${text}`;
  const model = isLive
    ? row(
        "real too",
        `the model, at ${world.config.model.baseUrl ?? "https://api.anthropic.com"}; it costs money`,
      )
    : row("scripted", "what the model says; never what a command prints");
  return [
    "",
    styleText("bold", "Handback: three issues become reviewed pull requests"),
    row("real", "the App, Redis, the database, git, every sandbox, every command and its output"),
    row("local", `GitHub, a stand-in on this machine: ${world.github.url}`),
    model,
    "",
  ].join("\n");
}

function closing(world: DemoWorld, ended: readonly EndedRun[], seconds: number): string {
  const lines = ended.map(({ summary: run }) => {
    const [repository = "", number = ""] = run.issue.split("#");
    const url =
      run.pullNumber === null
        ? `${world.github.url}/${demoOwner}/${repository}/issues/${number}`
        : `${world.github.url}/${demoOwner}/${repository}/pull/${run.pullNumber}`;
    const mark = run.conclusion === "handed_back" ? styleText("green", "✓") : styleText("red", "✗");
    const findings = run.findings === 0 ? "no findings" : `${run.findings} found, ${run.resolved} fixed`;
    const rounds = run.rounds === 1 ? "1 round" : `${run.rounds} rounds`;
    return `${mark} ${run.issue.padEnd(12)} ${run.conclusion.replace("_", " ")} after ${rounds}, ${findings}\n  ${url}`;
  });
  const own = ended.map((run) => `${run.ownSeconds.toFixed(1)} s`).join(", ");
  const times = `${ended.length} issues in ${seconds} s. Without commands and the model, each run took ${own}.`;
  return ["", ...lines, "", times].join("\n");
}

/** Aborted by the first Ctrl-C or SIGTERM, so that sandboxes and Redis are taken down in order; a second one ends it at once. */
function untilInterrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => (interruption.signal.aborted ? process.exit(130) : interruption.abort()));
  }
  return interruption.signal;
}
