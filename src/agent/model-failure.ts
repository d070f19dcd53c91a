import Anthropic from "@anthropic-ai/sdk";
import { ModelError } from "../errors.ts";

/** Whether a failed turn may be asked for again, and after how long; null when it would fail in the same way. */
export function retryOf(cause: unknown, attempt: number): { waitMs: number } | null {
  if (!isPassing(cause)) return null;
  const asked = cause instanceof Anthropic.APIError ? retryAfterMs(cause) : null;
  // Half of it random, so that many runs do not come back in the same moment.
  const backoff = Math.min(maxWaitMs, 1_000 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
  return { waitMs: Math.min(maxWaitMs, asked ?? backoff) };
}

/** The server does not take back thinking that it once gave: something before it has changed, or another model had it. */
export function isThinkingRefused(cause: unknown): boolean {
  if (statusOf(cause) !== 400 || !(cause instanceof Anthropic.APIError)) return false;
  return /thinking/i.test(cause.message) && /signature|bound to/i.test(cause.message);
}

/** What people call the things that they may have to mend. */
export interface ServerWords {
  /** The variable that holds the key. */
  readonly key: string;
  /** Where the server's address is set. */
  readonly address: string;
}

export const defaultWords: ServerWords = { key: "ANTHROPIC_API_KEY", address: "ANTHROPIC_BASE_URL" };

interface FailureFacts {
  readonly model: string;
  readonly attempts: number;
  /** Models that there are. */
  readonly known: readonly string[];
  readonly words: ServerWords;
}

/** What went wrong, with what a person can do about it. */
export function modelError(cause: unknown, facts: FailureFacts): ModelError {
  if (cause instanceof ModelError) return cause;
  const { code, message, mend } = words(cause, facts);
  const fields = {
    model: facts.model,
    attempts: facts.attempts,
    status: statusOf(cause),
    requestId: requestIdOf(cause),
  };
  return new ModelError(code, message, { mend, cause, fields });
}

const maxWaitMs = 60_000;

/** Busy, cut, unreachable: it may go well next time. */
function isPassing(cause: unknown): boolean {
  if (cause instanceof ModelError) return false;
  if (cause instanceof Anthropic.APIConnectionError) return true;
  const status = statusOf(cause);
  if (status !== undefined) return status === 408 || status === 409 || status === 429 || status >= 500;
  // An error event in the stream has a type and no status; a cut stream has neither.
  const type = cause instanceof Anthropic.APIError ? cause.type : null;
  return type === null || passingTypes.has(type);
}

const passingTypes = new Set<string>(["overloaded_error", "rate_limit_error", "api_error", "timeout_error"]);

function words(
  cause: unknown,
  { model, attempts, known, words: { key, address } }: FailureFacts,
): { code: string; message: string; mend: string } {
  const status = statusOf(cause);
  const type = cause instanceof Anthropic.APIError ? cause.type : null;
  const said = cause instanceof Anthropic.APIError && cause.apiMessage ? ` It said: ${cause.apiMessage}` : "";
  if (status === 401 || status === 403) {
    return {
      code: "model.key_rejected",
      message: "The model server does not accept the API key.",
      mend: `The operator sets a valid ${key} and starts Handback again; then write the command again.`,
    };
  }
  if (status === 402 || type === "billing_error") {
    return {
      code: "model.no_credit",
      message: "The account at the model's provider has no credit left.",
      mend: "The operator adds credit to the account; then write the command again.",
    };
  }
  if (status === 404 && type === "not_found_error") {
    return {
      code: "model.unknown",
      message: `The model server does not know the model ${model}.`,
      mend: `Choose one of ${known.join(", ")} under \`models\` in .github/handback.yml or with \`--model\`.`,
    };
  }
  if (status === 413 || /too long|exceed.*context|context.*(window|length)/i.test(said)) {
    return {
      code: "model.context_full",
      message: "The conversation no longer fits into the model's window.",
      mend: "Ask for a smaller change, or split the issue into several.",
    };
  }
  if (status === 429 || type === "rate_limit_error") {
    return {
      code: "model.rate_limited",
      message: `The model server's rate limit was still reached after ${attempts} attempts.`,
      mend: "Write the command again in a few minutes; the operator may lower the number of runs at once.",
    };
  }
  if (status === 529 || type === "overloaded_error") {
    return {
      code: "model.overloaded",
      message: `The model server was still overloaded after ${attempts} attempts.`,
      mend: "Write the command again in a few minutes.",
    };
  }
  if (status !== undefined && status >= 300 && status < 400) {
    return {
      code: "model.redirected",
      message: `The model server sends us elsewhere (status ${status}); the key is not taken there.`,
      mend: `The operator puts the server's final address into ${address}.`,
    };
  }
  if (status !== undefined && status < 500) {
    return {
      code: "model.bad_request",
      message: `The model server refused the request with status ${status}.${said}`,
      mend: `The operator checks ${address} and that the server speaks the Messages API with tools (\`handback doctor --model\`).`,
    };
  }
  const isCut = status === undefined && !(cause instanceof Anthropic.APIConnectionError);
  return {
    code: isCut ? "model.stream_cut" : status === undefined ? "model.unreachable" : "model.failing",
    message: isCut
      ? `The model's answer broke off ${attempts} times.`
      : status === undefined
        ? "The model server cannot be reached."
        : `The model server failed with status ${status}, ${attempts} times.`,
    mend: `The operator checks the network and ${address} (\`handback doctor\`); then write the command again.`,
  };
}

/** Milliseconds, from a `retry-after` in seconds or as a date, or the provider's own `retry-after-ms`. */
function retryAfterMs(error: { headers?: Headers | undefined }): number | null {
  const ms = Number(error.headers?.get("retry-after-ms") ?? Number.NaN);
  if (ms >= 0) return ms;
  const value = error.headers?.get("retry-after");
  if (!value) return null;
  const seconds = Number(value);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function statusOf(cause: unknown): number | undefined {
  return cause instanceof Anthropic.APIError ? (cause.status as number | undefined) : undefined;
}

function requestIdOf(cause: unknown): string | null {
  return cause instanceof Anthropic.APIError ? (cause.requestID ?? null) : null;
}
