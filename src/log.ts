import { Writable } from "node:stream";
import pino from "pino";
import type { Logger } from "pino";

export type { Logger } from "pino";

/**
 * One JSON object a line. Secrets are cut out at the sink, whoever logs them and under whatever key: by the name of the
 * field, by their well-known form, and by exact match of the values in `secrets`. Control characters never reach the terminal.
 */
export function createLogger(options: {
  level: string;
  destination?: { write(line: string): unknown };
  /** The host's own secrets; values shorter than 8 characters are not matched. */
  secrets?: readonly string[];
}): Logger {
  const sink = options.destination ?? process.stdout;
  const clean = cleanerFor(options.secrets ?? []);
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      sink.write(clean(String(chunk)));
      done();
    },
  });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError, error: serializeError },
      redact: { paths: redactedPaths, censor: "[redacted]" },
    },
    stream,
  );
}

/** A child whose lines all name the run. */
export function runLogger(logger: Logger, run: { id: string; kind?: string }): Logger {
  return logger.child(run.kind === undefined ? { run: run.id } : { run: run.id, kind: run.kind });
}

const secretNames = [
  "authorization",
  "token",
  "privateKey",
  "private_key",
  "webhookSecret",
  "webhook_secret",
  "clientSecret",
  "client_secret",
  "secret",
  "password",
  "apiKey",
  "api_key",
  "pem",
  "cookie",
  "prompt",
  "x-api-key",
];

const redactedPaths = secretNames.flatMap((name) => {
  const key = `["${name}"]`;
  return [key, `*${key}`, `*.*${key}`, `*.*.*${key}`];
});

/** What a secret looks like where nobody named it: GitHub's tokens, App JWTs, Anthropic's keys, PEM blocks, credentials in a URL. */
const secretForms: readonly [RegExp, string][] = [
  [/\b(?:gh[pousr]_[A-Za-z0-9_]{10,}|github_pat_[A-Za-z0-9_]{10,})/g, "[redacted]"],
  [/\bsk-ant-[A-Za-z0-9_-]{8,}/g, "[redacted]"],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g, "[redacted]"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="))/g, "[redacted]"],
  [/\b(authorization\s*:\s*|(?:bearer|basic|token)\s+)[A-Za-z0-9+/=._-]{16,}/gi, "$1[redacted]"],
  [/([a-z][a-z0-9+.-]*:\/\/)[^/\s"@]+@/gi, "$1[redacted]@"],
];

function cleanerFor(secrets: readonly string[]): (line: string) => string {
  const exact = secrets.filter((secret) => secret.length >= 8).flatMap(formsOf);
  return (line) => {
    let text = line;
    for (const secret of exact) text = text.replaceAll(secret, "[redacted]");
    for (const [form, replacement] of secretForms) text = text.replace(form, replacement);
    return withoutControls(text.endsWith("\n") ? text.slice(0, -1) : text) + "\n";
  };
}

/** A secret as it is, as JSON and URLs escape it, in base64 and in hex: the ways it gets into a line. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const escaped = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
  const encoded = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
  return [...new Set([secret, ...escaped, ...encoded])];
}

/** pino escapes C0 already; C1, DEL, line separators, direction overrides and what nobody sees would still act on a terminal. */
function withoutControls(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")
    .replace(/\\u00(?:[01][0-9a-f]|7f|[89][0-9a-f])/gi, " ")
    .replace(/(?<!\\)((?:\\\\)*)\\[bf]/g, "$1 ");
}

/** Errors with their code, fields, mend and causes; never the request and its headers, which Octokit's errors carry. */
function serializeError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { code, mend, fields, status } = value as Error & Record<string, unknown>;
  return {
    type: value.name,
    message: value.message,
    ...(code === undefined ? {} : { code }),
    ...(mend === undefined ? {} : { mend }),
    ...(fields === undefined ? {} : { fields }),
    ...(status === undefined ? {} : { status }),
    stack: value.stack,
    ...(value instanceof AggregateError ? { errors: value.errors.map(serializeError) } : {}),
    ...(value.cause === undefined ? {} : { cause: serializeError(value.cause) }),
  };
}
