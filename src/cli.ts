import { HandbackError } from "./errors.ts";

/** `handback <command> …`; each command is imported when it is called, so that `help` costs nothing. */
const commands: Record<string, { usage: string; about: string; run: (args: string[]) => Promise<number> }> = {
  start: {
    usage: "start",
    about: "web server and worker in one process, with an embedded Redis unless REDIS_URL is set",
    run: () => serve({ web: true, worker: true }),
  },
  web: {
    usage: "web",
    about: "the web server alone (needs REDIS_URL)",
    run: () => serve({ web: true, worker: false }),
  },
  worker: {
    usage: "worker",
    about: "a worker alone (needs REDIS_URL)",
    run: () => serve({ web: false, worker: true }),
  },
  run: {
    usage: 'run --repo DIR "task" [--model role=id] [--rounds N] [--budget 5usd] [--verify COMMAND]',
    about:
      "the coder-reviewer loop on a local git repository; the result is a branch, nothing else is touched",
    run: async (args) => (await import("./local-run.ts")).localRun(args),
  },
  demo: {
    usage: "demo [--keep] [--json] [--live]",
    about: "the whole way on sample repositories, with a local GitHub and a scripted model",
    run: async (args) => (await import("./demo/demo.ts")).demo(args),
  },
  doctor: {
    usage: "doctor",
    about: "checks Docker, the image, Redis, the database, the App and the model, each failure with its mend",
    run: async () => (await import("./doctor.ts")).doctor(),
  },
  "local-github": {
    usage: "local-github [--port N]",
    about: "a GitHub on this machine, with the sample repositories, for contributors",
    run: async (args) => (await import("./demo/serve-local-github.ts")).serveLocalGitHub(args),
  },
};

async function serve(roles: { web: boolean; worker: boolean }): Promise<number> {
  const { serveUntilSignal } = await import("./main.ts");
  return serveUntilSignal(roles);
}

function help(): string {
  const width = Math.max(
    ...Object.values(commands).map(({ usage }) => (usage.length > 30 ? 0 : usage.length)),
  );
  const rows = Object.values(commands).map(({ usage, about }) =>
    usage.length > 30 ? `  ${usage}\n  ${" ".repeat(width)}  ${about}` : `  ${usage.padEnd(width)}  ${about}`,
  );
  return `handback: an issue becomes a reviewed pull request, handed back to the person who asked\n\n${rows.join("\n")}\n`;
}

async function main(): Promise<number> {
  const [name = "help", ...args] = process.argv.slice(2);
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(help());
    return 0;
  }
  const command = commands[name];
  if (command === undefined) {
    process.stderr.write(`There is no command "${name}".\n\n${help()}`);
    return 2;
  }
  if (args.includes("--help")) {
    process.stdout.write(`handback ${command.usage}\n  ${command.about}\n`);
    return 0;
  }
  return command.run(args);
}

try {
  process.exitCode = await main();
} catch (error) {
  // A person at a terminal gets the sentence and its mend; the stack only for what nobody foresaw.
  if (error instanceof HandbackError) process.stderr.write(`${error.message}\n${error.mend}\n`);
  else if (isUsageError(error)) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = isUsageError(error) ? 2 : 1;
}

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
