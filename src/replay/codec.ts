import { createHash } from "node:crypto";
import * as errors from "../errors.ts";

/** An object with methods, as it stands on a tape: what it holds, and what it can do. */
export interface PortObject {
  readonly id: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly methods: readonly string[];
}

export interface EncodeOptions {
  /** Keeps a content; called once for each time it is met. */
  readonly keep?: (hash: string, bytes: Uint8Array) => void;
  /** Cuts secrets out of a text. */
  readonly clean?: (text: string) => string;
  /** How an object with methods is written down; null: it is data. */
  readonly object?: (value: object) => PortObject | null;
  /** A key that is left out wherever it stands: the token among what git is asked. */
  readonly omit?: string;
  /** Encoded items of lists, by identity: a conversation's messages are met again in every turn. */
  readonly known?: WeakMap<object, unknown>;
}

/** Longer texts and list items are kept apart, by their hash, so that the same one is kept once. */
const inlineLength = 160;
const branching = 16;
/** What is longer is left out: a replay cannot go past the point where such a text is read. */
const mostBytes = 4 << 20;

/**
 * A value as JSON. It is the same for the same content: keys are sorted, absent ones, signals and functions are left out. Lists are trees of parts, so that a list that grew at its end shares most of them with its earlier self.
 */
export function encode(value: unknown, options: EncodeOptions = {}): unknown {
  const { keep = () => {}, clean = (text: string) => text } = options;

  function part(kind: "text" | "json" | "list" | "bytes", bytes: Uint8Array): unknown {
    const hash = contentHash(bytes);
    if (bytes.byteLength > mostBytes) return { $: "left_out", of: kind, hash, size: bytes.byteLength };
    keep(hash, bytes);
    return { $: kind, hash };
  }

  function list(items: readonly unknown[]): unknown {
    let level = items.map(item);
    if (level.length <= branching) return level;
    while (level.length > branching) {
      const parts: unknown[] = [];
      for (let from = 0; from < level.length; from += branching) {
        parts.push(part("list", Buffer.from(JSON.stringify(level.slice(from, from + branching)))));
      }
      level = parts;
    }
    return { $: "tree", parts: level };
  }

  function item(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return encoded(value);
    const known = options.known?.get(value);
    if (known !== undefined) return known;
    const made = encoded(value);
    const text = JSON.stringify(made);
    const kept = text.length > inlineLength ? part("json", Buffer.from(text)) : made;
    options.known?.set(value, kept);
    return kept;
  }

  function encoded(value: unknown): unknown {
    switch (typeof value) {
      case "string": {
        const text = clean(value);
        return text.length > inlineLength ? part("text", Buffer.from(text)) : text;
      }
      case "number":
        return Number.isFinite(value) ? value : { $: "number", text: String(value) };
      case "boolean":
        return value;
      case "object":
        return value === null ? null : objectOf(value);
      default:
        return { $: "undefined" };
    }
  }

  function objectOf(value: object): unknown {
    if (value instanceof AbortSignal) return { $: "undefined" };
    if (value instanceof Uint8Array) {
      const absent = leftOut.get(value);
      return absent === undefined ? part("bytes", value) : { $: "left_out", of: "bytes", ...absent };
    }
    if (value instanceof Error) return { $: "error", ...entries(errorFacts(value)) };
    if (value instanceof Date) return { $: "date", at: value.toISOString() };
    if (value instanceof Map || value instanceof Set) {
      return { $: value instanceof Map ? "map" : "set", items: list([...value]) };
    }
    if (Array.isArray(value)) return list(value);
    const object = options.object?.(value) ?? null;
    if (object !== null) {
      return { $: "object", id: object.id, facts: entries(object.facts), methods: object.methods };
    }
    const record = entries(value as Record<string, unknown>);
    return "$" in record ? { $: "record", record } : record;
  }

  function entries(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const pairs: [string, unknown][] = [];
    for (const key of Object.keys(record).toSorted()) {
      const held = record[key];
      if (held === undefined || typeof held === "function" || held instanceof AbortSignal) continue;
      if (key !== options.omit) pairs.push([key, encoded(held)]);
    }
    return Object.fromEntries(pairs);
  }

  return encoded(value);
}

/** The value again. `read` gives kept contents; `object` makes an object with methods. Throws LeftOutError. */
export function decode(
  value: unknown,
  context: { read: (hash: string) => Uint8Array; object?: (object: PortObject) => unknown },
): unknown {
  const again = (inner: unknown): unknown => decode(inner, context);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(again);
  const record = value as Record<string, unknown>;
  const json = (): unknown => JSON.parse(Buffer.from(context.read(String(record["hash"]))).toString());
  switch (record["$"]) {
    case undefined:
      return Object.fromEntries(Object.entries(record).map(([key, held]) => [key, again(held)]));
    case "undefined":
      return undefined;
    case "number":
      return Number(record["text"]);
    case "date":
      return new Date(String(record["at"]));
    case "text":
      return Buffer.from(context.read(String(record["hash"]))).toString();
    case "bytes":
      return new Uint8Array(context.read(String(record["hash"])));
    case "json":
      return again(json());
    case "tree":
      return (record["parts"] as unknown[]).flatMap(leaves).map(again);
    case "map":
      return new Map(again(record["items"]) as [unknown, unknown][]);
    case "set":
      return new Set(again(record["items"]) as unknown[]);
    case "record":
      return Object.fromEntries(
        Object.entries(record["record"] as Record<string, unknown>).map(([key, held]) => [key, again(held)]),
      );
    case "error": {
      const { $: _, ...facts } = record;
      return errorFrom(again(facts) as ErrorFacts);
    }
    case "object": {
      const object = {
        id: String(record["id"]),
        facts: again(record["facts"]) as Record<string, unknown>,
        methods: record["methods"] as string[],
      };
      return context.object?.(object) ?? object.facts;
    }
    case "left_out": {
      const absent = { hash: String(record["hash"]), size: Number(record["size"]) };
      if (record["of"] !== "bytes") throw new LeftOutError(absent.size);
      const standIn = new Uint8Array(0);
      leftOut.set(standIn, absent);
      return standIn;
    }
    default:
      throw new TypeError(`A tape holds ${JSON.stringify(record["$"])}, which this version cannot read.`);
  }

  function leaves(part: unknown): unknown[] {
    const { $: kind, hash } = (part ?? {}) as { $?: unknown; hash?: unknown };
    if (kind !== "list") return [part];
    const items = JSON.parse(Buffer.from(context.read(String(hash))).toString()) as unknown[];
    return items.flatMap(leaves);
  }
}

/** The hash of a value's content. */
export function digestOf(encoded: unknown): string {
  return contentHash(Buffer.from(JSON.stringify(encoded)));
}

/** A text was too long for the tape. */
export class LeftOutError extends Error {
  constructor(bytes: number) {
    super(`a text of ${bytes} bytes was too long for the tape`);
  }
}

/** Bytes that were too many for the tape stand for themselves by their hash: what is made of them can still be compared. */
const leftOut = new WeakMap<Uint8Array, { hash: string; size: number }>();

function contentHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
}

interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly mend?: string;
  readonly fields?: Record<string, unknown>;
  readonly cause?: unknown;
}

function errorFacts(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? { cause: error.cause } : {};
  if (!(error instanceof errors.HandbackError)) return { name: error.name, message: error.message, ...cause };
  const { name, message, code, mend, fields } = error;
  return { name, message, code, mend, fields: plainFields(fields), ...cause };
}

/** Fields are for logs and may hold anything. */
function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value === null || typeof value !== "object"),
  );
}

function errorFrom(facts: ErrorFacts): Error {
  const { name, message, code, mend, fields, cause } = facts;
  const known: unknown = Object.entries(errors).find(([one]) => one === name)?.[1];
  const options = cause === undefined ? {} : { cause };
  if (typeof known === "function" && code !== undefined && mend !== undefined) {
    const Known = known as typeof errors.HandbackError;
    return new Known(code, message, { mend, fields: fields ?? {}, ...options });
  }
  const error = new Error(message, options);
  error.name = name;
  return error;
}
