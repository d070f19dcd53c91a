import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigurationError } from "../errors.ts";
import { parseCommand } from "../triggers/command.ts";
import type { CommandOptions, Trigger } from "../triggers/trigger.ts";

/** What a person typed after `handback run`. */
export interface LocalArguments {
  /** Absolute. */
  readonly source: string;
  readonly task: string;
  readonly options: CommandOptions;
  /** null: named after the task. */
  readonly branch: string | null;
  /** null: from the repository's settings, or detected. */
  readonly setup: readonly string[] | null;
  readonly verify: readonly string[] | null;
  readonly json: boolean;
}

/** Throws ConfigurationError `usage.*`, or what `parseArgs` throws for an option that is not there. */
export function readLocalArguments(args: readonly string[]): LocalArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      repo: { type: "string", default: "." },
      branch: { type: "string" },
      setup: { type: "string", multiple: true },
      verify: { type: "string", multiple: true },
      model: { type: "string", multiple: true },
      budget: { type: "string" },
      rounds: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const task = positionals.join(" ").trim();
  if (task === "") {
    throw new ConfigurationError("usage.no_task", "There is no task.", {
      mend: 'Say what to do: handback run --repo DIR "Round prices to whole cents, with a test".',
    });
  }
  return {
    source: path.resolve(values.repo),
    task,
    options: commandOptions(values),
    branch: values.branch ?? null,
    setup: values.setup ?? null,
    verify: values.verify ?? null,
    json: values.json,
  };
}

/** The task as a run keeps it: its first line is the title. A folder has no issues; 0 stands for none. */
export function localTrigger({ source, task, options }: LocalArguments): Trigger {
  const [title = task, ...rest] = task.split("\n");
  const isLong = title.length > maxTitle;
  return {
    command: { kind: "do", text: "", options },
    repository: { owner: "local", name: path.basename(source), installationId: 0 },
    issueNumber: 0,
    isPullRequest: false,
    commentId: null,
    sender: { login: "local", id: 0 },
    subject: {
      title: isLong ? `${title.slice(0, maxTitle - 1)}…` : title,
      body: (isLong ? task : rest.join("\n")).trim(),
    },
    deliveryId: "local",
    at: new Date().toISOString(),
  };
}

const maxTitle = 200;

/** By the grammar of a comment's options. */
export function commandOptions(values: {
  model?: string[] | undefined;
  budget?: string | undefined;
  rounds?: string | undefined;
}): CommandOptions {
  const words = [
    ...(values.model ?? []).map((model) => `--model=${model}`),
    ...(values.budget === undefined ? [] : [`--budget=${values.budget}`]),
    ...(values.rounds === undefined ? [] : [`--rounds=${values.rounds}`]),
  ];
  // White space would end the option there; nothing that is right has any.
  const spaced = words.find((word) => /\s|=$/u.test(word));
  const line = `/agent do ${words.map((word) => word.replaceAll(/\s+/gu, "_")).join(" ")}`;
  const command = parseCommand(line, { isPullRequest: false });
  if (command?.kind === "do" && command.text === "" && spaced === undefined) return command.options;
  const reply = command?.kind === "mistake" ? command.reply : `${spaced ?? line} cannot be read.`;
  throw new ConfigurationError("usage.option", plain(reply.replace(" Nothing was started.", "")), {
    mend: "See `--help` of the same command.",
  });
}

/** Markdown's code marks mean nothing in a terminal. */
function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}
