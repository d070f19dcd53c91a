import path from "node:path";
import { parseArgs } from "node:util";
import { environmentWithApp, readConfig, secretsOf } from "./config.ts";
import { ConfigurationError } from "./errors.ts";
import { runLocalPipeline, type LocalResult } from "./local-pipeline.ts";
import { createLogger } from "./log.ts";
import { modelsFor, operatorSettings, sandboxesFor } from "./main.ts";
import type { RunEvent } from "./run/events.ts";
import { failureOf } from "./run/failure.ts";
import { checkWords, duration, renderPacket } from "./steps/packet.ts";
import { stepTitle } from "./steps/status-comment.ts";
import { openSqlStore } from "./store/sql-store.ts";
import { parseCommand } from "./triggers/command.ts";
import type { Trigger } from "./triggers/trigger.ts";

/** `handback run --repo DIR "task"`. Exit code 0: a branch which the reviewer approves; 1: anything else. */
export async function localRun(args: readonly string[]): Promise<number> {
  const { source, branch, verify, trigger } = readArguments(args);
  const config = readConfig(environmentWithApp());
  const logger = createLogger({ level: "silent", secrets: secretsOf(config) });
  await using store = await openSqlStore({ file: config.databasePath });
  const sandboxes = sandboxesFor(config, logger);
  await sandboxes.check(config.sandbox.image);
  const created = await store.createRun({ kind: "change", trigger });
  const run = (await store.claimRun(created.id, `local:${process.pid}`)) ?? created;
  process.stderr.write(`Run ${run.id} on ${source}\n`);

  const ports = {
    store,
    sandboxes,
    model: modelsFor(config, logger),
    dataDirectory: config.dataDir,
    image: config.sandbox.image,
    operator: operatorSettings(config),
    logger,
  };
  const interrupt = new AbortController();
  const stop = (): void => void store.requestStop(run.id, "ctrl-c");
  process.once("SIGINT", stop);
  try {
    const options = { source, branch, verify, ports, onEvent: tell, signal: interrupt.signal };
    const result = await runLocalPipeline(run, options);
    await store.completeRun(run.id, run.epoch, result.conclusion);
    process.stdout.write(words(result, source));
    return result.conclusion.kind === "handed_back" && result.conclusion.verdict === "approve" ? 0 : 1;
  } catch (error) {
    const failure = failureOf(error);
    await store.completeRun(run.id, run.epoch, { kind: "failed", step: "run", failure }).catch(() => {});
    throw error;
  } finally {
    process.removeListener("SIGINT", stop);
  }
}

function readArguments(args: readonly string[]): {
  source: string;
  branch: string | null;
  verify: string[] | null;
  trigger: Trigger;
} {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      repo: { type: "string", default: "." },
      branch: { type: "string" },
      verify: { type: "string", multiple: true },
      model: { type: "string", multiple: true },
      budget: { type: "string" },
      rounds: { type: "string" },
    },
  });
  const task = positionals.join(" ").trim();
  if (task === "") {
    throw new ConfigurationError("run.no_task", "There is no task.", {
      mend: 'Say what to do: handback run --repo DIR "Round prices to whole cents, with a test".',
    });
  }
  // The options of a comment's command, by the same grammar.
  const options = [
    ...(values.model ?? []).map((model) => `--model ${model}`),
    ...(values.budget === undefined ? [] : [`--budget ${values.budget}`]),
    ...(values.rounds === undefined ? [] : [`--rounds ${values.rounds}`]),
  ];
  const command = parseCommand(`/agent do ${options.join(" ")}`, { isPullRequest: false });
  if (command === null || command.kind === "mistake") {
    const mend = command === null ? "See handback run --help." : command.reply;
    throw new ConfigurationError("run.options", "An option is wrong.", { mend });
  }
  const source = path.resolve(values.repo);
  const [title = task, ...rest] = task.split("\n");
  const login = process.platform === "win32" ? "you" : "local";
  return {
    source,
    branch: values.branch ?? null,
    verify: values.verify ?? null,
    trigger: {
      command,
      repository: { owner: "local", name: path.basename(source), installationId: 0 },
      // Runs on folders have no issue; the process id keeps two at once apart.
      issueNumber: process.pid,
      isPullRequest: false,
      commentId: null,
      sender: { login, id: 0 },
      subject: { title: title.slice(0, 200), body: rest.join("\n") },
      deliveryId: "local",
      at: new Date().toISOString(),
    },
  };
}

function tell(event: RunEvent): void {
  if (event.type === "step.started") {
    const title = stepTitle(event.step);
    if (title !== null) process.stderr.write(`… ${title}\n`);
  } else if (event.type === "check.ran") {
    process.stderr.write(
      `  ${event.check.command}: ${checkWords(event.check)}, ${duration(event.check.seconds)}\n`,
    );
  } else if (event.type === "note") {
    process.stderr.write(`  ${event.text}\n`);
  }
}

function words({ conclusion, packet, branch }: LocalResult, source: string): string {
  if (packet === null) {
    return `Nothing was changed. ${conclusion.kind === "no_change" ? conclusion.reason : ""}\n`;
  }
  return `\n# ${packet.title}\n\n${renderPacket(packet)}\n\nThe change is on the branch ${branch} of ${source}.\n`;
}
