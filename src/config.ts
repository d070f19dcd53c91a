import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import { readAppCredentials, type AppCredentials } from "./config/app-credentials.ts";
import { environment, type LogLevel } from "./config/environment.ts";
import { ConfigurationError } from "./errors.ts";

/** What the operator decided. Read once, at the start, by the composition root; nothing else looks into the environment. */
export interface Config {
  /** null: no App yet; the web server shows the page that creates it. */
  readonly app: AppCredentials | null;
  readonly github: {
    /** Without a slash at the end; GHES: `https://host/api/v3`. */
    readonly apiUrl: string;
    readonly serverUrl: string;
  };
  /** null: Redis as a child on a unix socket in `dataDir`. */
  readonly redisUrl: string | null;
  /** Path of the SQLite file. */
  readonly databasePath: string;
  /** Absolute. Databases, mirrors, sockets and the App's credentials. */
  readonly dataDir: string;
  readonly web: {
    readonly host: string;
    readonly port: number;
    /** Addresses and networks of reverse proxies, besides loopback, that are believed when they say for whom they forward. */
    readonly proxies: readonly string[];
  };
  readonly sandbox: {
    readonly image: string;
    /** null: gVisor where Docker has it, else the engine's default. */
    readonly runtime: string | null;
    /** Images that a repository's settings may name; null: any that is on the machine. A `*` at the end stands for any rest. */
    readonly images: readonly string[] | null;
    /** So many started sandboxes at most wait for repositories that had one lately; 0: each starts when it is asked for. */
    readonly pool: number;
    /** Known ways out of a container, by id, with which an agent may work here all the same. */
    readonly acceptedEscapes: readonly string[];
    readonly dockerHost: string | null;
  };
  /** What sandboxes may reach: names, and `*.suffix`es. */
  readonly network: {
    /** Package registries; null: the usual ones. */
    readonly registries: readonly string[] | null;
    /** What repositories may open besides; null: any public name but GitHub's. */
    readonly repositories: readonly string[] | null;
    /** Those that may lead to a private address. */
    readonly privateHosts: readonly string[];
  };
  readonly model: {
    readonly apiKey: string | null;
    readonly baseUrl: string | null;
    /** Absolute path of the operator's models file; null: there is none. */
    readonly file: string | null;
    /** Operator's models, which a repository's settings may override. */
    readonly planner: string | null;
    readonly coder: string | null;
    readonly reviewer: string | null;
    readonly improver: string | null;
    readonly helper: string | null;
  };
  readonly logLevel: LogLevel;
  readonly workerConcurrency: number;
  /** How long what a run heard from the world is kept for a replay, in days; 0: nothing is recorded. */
  readonly tapeDays: number;
  /** The label that starts a run. */
  readonly label: string;
  /** Upper bounds of one run: no settings file and no comment gets past them. null: no bound. */
  readonly maximums: {
    readonly turns: number | null;
    readonly tokens: number | null;
    readonly usd: number | null;
    readonly minutes: number | null;
  };
  /** Upper bounds of all runs of a calendar day (UTC), and of those that one person asked for. null: no bound. */
  readonly perDay: {
    readonly all: { readonly usd: number | null; readonly tokens: number | null };
    readonly person: { readonly usd: number | null; readonly tokens: number | null };
  };
}

/** Throws one ConfigurationError that names every wrong variable with its mend. An empty variable counts as absent. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => (value ?? "").trim() !== ""));
  const parsed = environment.safeParse(present);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  const app = readAppCredentials(present, problems);
  if (!parsed.success || problems.length > 0) throw wrongEnvironment(problems);

  const value = parsed.data;
  const dataDir = path.resolve(value.HANDBACK_DATA);
  return {
    app,
    github: { apiUrl: value.GITHUB_API_URL, serverUrl: value.GITHUB_SERVER_URL },
    redisUrl: value.REDIS_URL ?? null,
    databasePath: value.DATABASE_URL ?? path.join(dataDir, "handback.db"),
    dataDir,
    web: { host: value.HOST, port: value.PORT, proxies: value.HANDBACK_PROXIES },
    sandbox: {
      image: value.SANDBOX_IMAGE,
      runtime: value.SANDBOX_RUNTIME ?? null,
      images: value.HANDBACK_IMAGES ?? null,
      pool: value.HANDBACK_POOL,
      acceptedEscapes: value.HANDBACK_ACCEPTED_ESCAPES ?? [],
      dockerHost: value.DOCKER_HOST ?? null,
    },
    network: {
      registries: value.HANDBACK_REGISTRIES ?? null,
      repositories: value.HANDBACK_NETWORK ?? null,
      privateHosts: value.HANDBACK_PRIVATE_HOSTS ?? [],
    },
    model: {
      apiKey: value.ANTHROPIC_API_KEY ?? null,
      baseUrl: value.ANTHROPIC_BASE_URL ?? null,
      file: value.HANDBACK_MODELS === undefined ? null : path.resolve(value.HANDBACK_MODELS),
      planner: value.HANDBACK_MODEL_PLANNER ?? null,
      coder: value.HANDBACK_MODEL_CODER ?? null,
      reviewer: value.HANDBACK_MODEL_REVIEWER ?? null,
      improver: value.HANDBACK_MODEL_IMPROVER ?? null,
      helper: value.HANDBACK_MODEL_HELPER ?? null,
    },
    logLevel: value.LOG_LEVEL,
    workerConcurrency: value.WORKER_CONCURRENCY,
    tapeDays: value.HANDBACK_TAPE_DAYS,
    label: value.HANDBACK_LABEL,
    maximums: {
      turns: value.HANDBACK_MAX_TURNS ?? null,
      tokens: value.HANDBACK_MAX_TOKENS ?? null,
      usd: value.HANDBACK_MAX_USD ?? null,
      minutes: value.HANDBACK_MAX_MINUTES ?? null,
    },
    perDay: {
      all: {
        usd: value.HANDBACK_MAX_USD_PER_DAY ?? null,
        tokens: value.HANDBACK_MAX_TOKENS_PER_DAY ?? null,
      },
      person: {
        usd: value.HANDBACK_MAX_USD_PER_PERSON_DAY ?? null,
        tokens: value.HANDBACK_MAX_TOKENS_PER_PERSON_DAY ?? null,
      },
    },
  };
}

/** The server's data folder, absolute, whatever else the environment says. */
export function dataDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return path.resolve((env["HANDBACK_DATA"] ?? "").trim() || "./.handback");
}

/**
 * The environment together with the credentials that the page for creating the App left in `app.env` of the data folder. What
 * is set in the environment wins.
 */
export function environmentWithApp(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const file = path.join(path.resolve(env["HANDBACK_DATA"] || "./.handback"), "app.env");
  try {
    return { ...parseEnv(readFileSync(file, "utf8")), ...env };
  } catch {
    return { ...env };
  }
}

/**
 * For `handback run`: no App and no Redis, and everything on disk under `local/` of HANDBACK_DATA or, where that is not set, under
 * the user's own data folder: the current folder may be the person's repository. Never a server's database: its worker
 * would take the run up. Throws as `readConfig` does.
 */
export function readLocalConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const own = Object.entries(env).filter(([name]) => !serverOnly.has(name));
  const data = (env["HANDBACK_DATA"] ?? "").trim();
  const xdg = env["XDG_DATA_HOME"] ?? "";
  const home = path.isAbsolute(xdg) ? xdg : path.join(homedir(), ".local", "share");
  return readConfig({
    ...Object.fromEntries(own),
    HANDBACK_DATA: data === "" ? path.join(home, "handback") : path.join(path.resolve(data), "local"),
  });
}

const serverOnly = new Set([
  "APP_ID",
  "PRIVATE_KEY",
  "PRIVATE_KEY_PATH",
  "WEBHOOK_SECRET",
  "REDIS_URL",
  "DATABASE_URL",
  "PORT",
  "HOST",
]);

/** The value of a variable that the operator's models file names; an empty one counts as absent. */
export function namedVariable(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const value = (env[name] ?? "").trim();
  return value === "" ? null : value;
}

/** Every value that must not reach a log, a comment or a diff. */
export function secretsOf(config: Config): string[] {
  const redis = config.redisUrl === null ? "" : decodeURIComponent(new URL(config.redisUrl).password);
  return [config.app?.privateKey, config.app?.webhookSecret, config.model.apiKey, redis].filter(
    (secret): secret is string => typeof secret === "string" && secret !== "",
  );
}

function wrongEnvironment(problems: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    "config.environment",
    `The environment is wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    { mend: "Correct these variables and start again.", fields: { problems } },
  );
}
