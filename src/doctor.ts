import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { styleText } from "node:util";
import { environmentWithApp, readConfig, type Config } from "./config.ts";
import { ConfigurationError, HandbackError } from "./errors.ts";
import { OctokitGitHub } from "./github/octokit-github.ts";
import { startEmbeddedRedis } from "./jobs/embedded-redis.ts";
import { checkRedis } from "./jobs/redis-connection.ts";
import { createLogger } from "./log.ts";
import { modelsFor, sandboxesFor } from "./main.ts";
import { openSqlStore } from "./store/sql-store.ts";

interface Check {
  readonly name: string;
  /** What was seen, in a few words. Throws with the mend. */
  readonly look: (config: Config) => Promise<string>;
}

const silent = createLogger({ level: "silent" });

const checks: readonly Check[] = [
  { name: "Node", look: async () => nodeVersion() },
  { name: "Docker and the sandbox image", look: sandbox },
  { name: "Redis", look: redis },
  { name: "Database", look: database },
  { name: "GitHub App", look: githubApp },
  { name: "Model", look: model },
];

/** `handback doctor`: looks at everything that a run needs, one line each. Exit code 1 when something is missing. */
export async function doctor(
  write: (text: string) => unknown = (text) => process.stdout.write(text),
): Promise<number> {
  const config = readConfig(environmentWithApp());
  let failed = 0;
  for (const { name, look } of checks) {
    try {
      write(`${styleText("green", "ok  ")} ${name}: ${await look(config)}\n`);
    } catch (error) {
      failed += 1;
      const known = error instanceof HandbackError;
      write(
        `${styleText("red", "FAIL")} ${name}: ${error instanceof Error ? error.message : String(error)}\n`,
      );
      if (known) write(`     ${error.mend}\n`);
    }
  }
  write(
    failed === 0
      ? "Everything that a run needs is there.\n"
      : `${failed} of ${checks.length} need mending.\n`,
  );
  return failed === 0 ? 0 : 1;
}

function nodeVersion(): string {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 24) {
    throw new ConfigurationError("doctor.node", `Node ${process.versions.node} is too old.`, {
      mend: "Use bin/handback, which finds the right one, after bin/setup.",
    });
  }
  return process.versions.node;
}

async function sandbox(config: Config): Promise<string> {
  const { engine } = await sandboxesFor(config, silent).check(config.sandbox.image);
  return `${engine}, ${config.sandbox.image}`;
}

async function redis(config: Config): Promise<string> {
  if (config.redisUrl !== null) return `${(await checkRedis({ url: config.redisUrl })).version} at REDIS_URL`;
  // A look must not disturb the one that a running Handback uses: start another, empty, for a moment.
  const directory = await mkdtemp(path.join(tmpdir(), "handback-doctor-"));
  try {
    await using embedded = await startEmbeddedRedis({ directory });
    return `${(await checkRedis({ socketPath: embedded.socketPath })).version}, embedded`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function database(config: Config): Promise<string> {
  await using store = await openSqlStore({ file: config.databasePath });
  await store.ping();
  return config.databasePath;
}

async function githubApp(config: Config): Promise<string> {
  if (config.app === null) {
    throw new ConfigurationError("doctor.no_app", "none is set up.", {
      mend: "Run `npm start` and open the page that it names, or set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET.",
    });
  }
  const github = new OctokitGitHub({ ...config.github, ...config.app });
  return `${await github.botLogin()} at ${config.github.serverUrl}`;
}

/** One short question: it costs a few tokens and proves key, endpoint and streaming. */
async function model(config: Config): Promise<string> {
  const coder = modelsFor(config, silent)(config.model.coder ?? "sonnet");
  await coder.send({
    system: "You answer with one word.",
    tools: [],
    messages: [{ role: "user", content: [{ type: "text", text: "Say ready." }] }],
    maxOutputTokens: 16,
    signal: AbortSignal.timeout(30_000),
  });
  return `${coder.id} answers at ${config.model.baseUrl ?? "https://api.anthropic.com"}`;
}
