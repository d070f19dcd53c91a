/** One command of `handback`. Its code is imported when it is called, so that help costs nothing. */
export interface CliCommand {
  readonly usage: string;
  readonly about: string;
  /** By name, with their values: `--rounds N`. */
  readonly options: readonly (readonly [usage: string, about: string])[];
  /** The exit code. */
  readonly run: (args: string[]) => Promise<number>;
}

const commands: Readonly<Record<string, CliCommand>> = {
  start: {
    usage: "start",
    about: "web server and worker in one process, with an embedded Redis unless REDIS_URL is set",
    options: [],
    run: (args) => serve(args, { web: true, worker: true }),
  },
  web: {
    usage: "web",
    about: "the web server alone (needs REDIS_URL)",
    options: [],
    run: (args) => serve(args, { web: true, worker: false }),
  },
  worker: {
    usage: "worker",
    about: "a worker alone (needs REDIS_URL)",
    options: [],
    run: (args) => serve(args, { web: false, worker: true }),
  },
  run: {
    usage: 'run [options] "task"',
    about: "a reviewed change of a local git repository, on a new branch; nothing else in it is touched",
    options: [
      ["--repo DIR", "the repository, or a folder in it; default: the current folder"],
      ["--branch NAME", "of the new branch; default: handback/ and the task's first words"],
      ["--verify COMMAND", "must exit with 0; may be repeated; default: from settings, or detected"],
      ["--setup COMMAND", "first in a new sandbox; may be repeated; default: from settings, or detected"],
      [
        "--model ROLE=NAME",
        "of planner, coder, reviewer, improver or helper: an alias, an id or provider/id; repeatable",
      ],
      ["--rounds N", "of review, at most"],
      ["--budget 5usd", "for the whole run, at most"],
      ["--json", "one JSON object as the one line on stdout; the review goes to stderr"],
    ],
    run: async (args) => {
      // What is typed wrongly is told before all the rest is loaded.
      const { readLocalArguments } = await import("./local/local-arguments.ts");
      const request = readLocalArguments(args);
      return (await import("./local-run.ts")).localRun(request);
    },
  },
  demo: {
    usage: "demo [options]",
    about: "the whole way on sample repositories, with a local GitHub and a scripted model",
    options: [
      ["--keep", "leave the local GitHub up until Ctrl-C"],
      ["--json", "one JSON object as the last line"],
      ["--live", "the real model of ANTHROPIC_API_KEY instead of the scripted one; it costs money"],
    ],
    run: async (args) => (await import("./demo/demo.ts")).demo(args),
  },
  replay: {
    usage: "replay [options] [RUN]",
    about:
      "walks a recorded run with no model, network or Docker; fails when today's code decides differently",
    options: [
      ["RUN", "its id, the beginning of it, or latest"],
      ["--all", "every run of the database instead of one"],
      ["--all-demo", "the runs of the last demo"],
      ["--step NAME", "only this step, in full"],
      ["--turn N", "with --step: only this turn, with what the model was told"],
      [
        "--from N --live",
        "with --step: takes the conversation up at turn N, with a real sandbox and the real model",
      ],
      ["--ignore-prompts", "say nothing of what a model is told in other words"],
      ["--strict", "fail for that, too"],
      ["--quiet", "only what diverged, and the count"],
      ["--json", "one JSON object on stdout"],
    ],
    run: async (args) => {
      const { readReplayArguments } = await import("./replay/replay-arguments.ts");
      const request = readReplayArguments(args);
      return (await import("./replay.ts")).replay(request);
    },
  },
  eval: {
    usage: "eval reviewer|coder [options]",
    about: "measures an agent on changes which people merged into a repository on this machine",
    options: [
      ["--repo DIR", "the repository; default: the current folder"],
      ["--sample", "a sample repository with a scripted model, whose figures are known; costs nothing"],
      ["--cases N", "reviewer: faults to seed; coder: changes to make again; default: 10"],
      ["--model ROLE=ID", "of reviewer or coder: opus, sonnet, haiku or another id; may be repeated"],
      ["--verify COMMAND", "must exit with 0; may be repeated; default: from settings, or detected"],
      ["--setup COMMAND", "first in a new sandbox; may be repeated; default: from settings, or detected"],
      ["--depth N", "commits to look at, the newest first; default: 100"],
      ["--seed N", "of the draw of faults; default: 1"],
      ["--budget 20usd", "for all of it, at most; default: 20usd"],
      ["--json", "one JSON object as the one line on stdout"],
    ],
    run: async (args) => {
      const { readEvalArguments } = await import("./eval/eval-arguments.ts");
      const request = readEvalArguments(args);
      return (await import("./eval.ts")).evaluate(request);
    },
  },
  doctor: {
    usage: "doctor [options]",
    about: "looks at all that Handback needs; each thing that is missing with its mend",
    options: [
      ["--json", "one JSON object on stdout"],
      [
        "--model NAME",
        "asks this model what it can do, and says which roles it can fill; it costs some tokens",
      ],
      ["--thorough", "with --model: long prompts also where they cost more"],
    ],
    run: async (args) => (await import("./doctor.ts")).doctor(args),
  },
  "local-github": {
    usage: "local-github [options]",
    about: "a GitHub on this machine, with the sample repositories, for contributors",
    options: [
      ["--port N", "where it listens; default: 4000"],
      ["--webhooks URL", "where webhooks go; default: http://127.0.0.1:3000"],
    ],
    run: async (args) => (await import("./demo/serve-local-github.ts")).serveLocalGitHub(args),
  },
};

export const commandNames: readonly string[] = [...Object.keys(commands), "help", "version"];

export function findCommand(name: string): CliCommand | null {
  return Object.hasOwn(commands, name) ? (commands[name] ?? null) : null;
}

export function helpOnAll(): string {
  return [
    "handback: an issue becomes a reviewed pull request, handed back to the person who asked",
    "",
    table(Object.values(commands).map(({ usage, about }) => [usage, about])),
    "",
    "handback COMMAND --help tells more; handback --version says which this is.",
    "",
  ].join("\n");
}

export function helpFor({ usage, about, options }: CliCommand): string {
  const parts = [`handback ${usage}`, `  ${about}`];
  if (options.length > 0) parts.push("", table(options));
  return `${parts.join("\n")}\n`;
}

async function serve(args: readonly string[], roles: { web: boolean; worker: boolean }): Promise<number> {
  const { parseArgs } = await import("node:util");
  // Takes none: says so instead of ignoring one that was meant for another command.
  parseArgs({ args: [...args], options: {} });
  const { serveUntilSignal } = await import("./main.ts");
  return serveUntilSignal(roles);
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
