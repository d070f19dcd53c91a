import path from "node:path";
import { z } from "zod";
import { hostNames } from "../input/host-names.ts";
import { isProxy } from "../input/proxy-address.ts";
import { readServerUrl } from "../input/server-url.ts";

export type LogLevel = (typeof logLevels)[number];
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const url = addressSchema({ example: "https://api.github.com", httpMend: "use https" });

const modelUrl = addressSchema({
  example: "https://api.anthropic.com",
  httpMend: "use https, or name the server with `insecure: true` in a models file (HANDBACK_MODELS)",
});

function addressSchema(words: { example: string; httpMend: string }) {
  return z.string().transform((text, context) => {
    const read = readServerUrl(text, { insecure: false, ...words });
    if (read.ok) return read.url;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  });
}

const redisUrl = z.string().refine((text) => /^(rediss?|unix):\/\//.test(text) && URL.parse(text) !== null, {
  message:
    "is not a Redis URL; write it like redis://127.0.0.1:6379, or leave it out to use the embedded one",
});

const databaseUrl = z.string().transform((text, context) => {
  const scheme = /^([a-z][a-z0-9+]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "sqlite" || scheme === "file") {
    return path.resolve(text.replace(/^(sqlite|file):(\/\/)?/i, ""));
  }
  const message = scheme.startsWith("postgres")
    ? "names Postgres, which this version cannot use yet; leave it out, or give the path of a SQLite file"
    : `has the unknown kind "${scheme}"; give the path of a SQLite file, or leave it out`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const proxies = z.string().transform((text, context) => {
  const named = text.split(/[\s,]+/).filter((proxy) => proxy !== "");
  const wrong = named.filter((proxy) => !isProxy(proxy));
  const message = "must be addresses or networks of reverse proxies, like 10.0.0.5, 172.18.0.0/16";
  if (wrong.length > 0) context.addIssue({ code: "custom", message });
  return named;
});

function number(kind: { min: number; max: number; integer: boolean }) {
  const what = kind.integer ? "a whole number" : "a number";
  return z.string().transform((text, context) => {
    const value = Number(text);
    const fits = Number.isFinite(value) && value >= kind.min && value <= kind.max;
    if (fits && (!kind.integer || Number.isInteger(value))) return value;
    context.addIssue({ code: "custom", message: `must be ${what} from ${kind.min} to ${kind.max}` });
    return z.NEVER;
  });
}

const list = z.string().transform((text) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
);

/** The variables that are read, each as text; what is not among them is passed over. */
export const environment = z.object({
  GITHUB_API_URL: url.default("https://api.github.com"),
  GITHUB_SERVER_URL: url.default("https://github.com"),
  REDIS_URL: redisUrl.optional(),
  DATABASE_URL: databaseUrl.optional(),
  HANDBACK_DATA: z.string().default("./.handback"),
  HOST: z.string().default("127.0.0.1"),
  PORT: number({ min: 0, max: 65_535, integer: true }).default(3000),
  HANDBACK_PROXIES: proxies.default([]),
  SANDBOX_IMAGE: z.string().default("handback-sandbox:local"),
  SANDBOX_RUNTIME: z.string().optional(),
  HANDBACK_IMAGES: list.optional(),
  HANDBACK_POOL: number({ min: 0, max: 50, integer: true }).default(0),
  HANDBACK_ACCEPTED_ESCAPES: list
    .refine((ids) => ids.every((id) => /^CVE-\d{4}-\d{4,}$/.test(id)), {
      message: "must name each one, like CVE-2024-21626,CVE-2025-31133",
    })
    .optional(),
  DOCKER_HOST: z.string().optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: modelUrl.optional(),
  HANDBACK_MODELS: z.string().optional(),
  HANDBACK_NETWORK: hostNames.optional(),
  HANDBACK_PRIVATE_HOSTS: hostNames.optional(),
  HANDBACK_REGISTRIES: hostNames.optional(),
  HANDBACK_MODEL_PLANNER: z.string().optional(),
  HANDBACK_MODEL_CODER: z.string().optional(),
  HANDBACK_MODEL_REVIEWER: z.string().optional(),
  HANDBACK_MODEL_IMPROVER: z.string().optional(),
  HANDBACK_MODEL_HELPER: z.string().optional(),
  HANDBACK_LABEL: z.string().max(50, "must have at most 50 characters").default("agent"),
  HANDBACK_MAX_TURNS: number({ min: 1, max: 100_000, integer: true }).optional(),
  HANDBACK_MAX_TOKENS: number({ min: 1000, max: 1e10, integer: true }).optional(),
  HANDBACK_MAX_USD: number({ min: 0.01, max: 100_000, integer: false }).optional(),
  HANDBACK_MAX_MINUTES: number({ min: 1, max: 10_080, integer: true }).optional(),
  HANDBACK_MAX_USD_PER_DAY: number({ min: 0.01, max: 1_000_000, integer: false }).optional(),
  HANDBACK_MAX_TOKENS_PER_DAY: number({ min: 1000, max: 1e12, integer: true }).optional(),
  HANDBACK_MAX_USD_PER_PERSON_DAY: number({ min: 0.01, max: 1_000_000, integer: false }).optional(),
  HANDBACK_MAX_TOKENS_PER_PERSON_DAY: number({ min: 1000, max: 1e12, integer: true }).optional(),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
  HANDBACK_TAPE_DAYS: number({ min: 0, max: 36_500, integer: false }).default(30),
  WORKER_CONCURRENCY: number({ min: 1, max: 200, integer: true }).default(2),
});
