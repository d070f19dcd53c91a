import { currentStep } from "../run/current-step.ts";
import type { TapeRows } from "../store/tapes.ts";
import { askedOf } from "./asked.ts";
import { encode, type EncodeOptions, type PortObject } from "./codec.ts";
import { pack } from "./packed.ts";
import { factsOf, isPortObject, methodsOf } from "./port-object.ts";
import type { SecretCleaner } from "./secret-cleaner.ts";
import { pathOnTape, type TapeCall, type TapeResult } from "./tape.ts";

/** Stands between the pipeline and the objects that it reaches the world through, and notes every call and what came of it. */
export class TapeRecorder {
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #secrets: SecretCleaner;
  readonly #dataDirectory: string;
  readonly #known = new WeakMap<object, unknown>();
  /** By the object that stands for it: what stands behind, and its id on the tape. */
  readonly #behind = new WeakMap<object, { target: object; id: string }>();
  readonly #open = new Map<number, Omit<TapeCall, "result" | "end" | "order">>();
  readonly #keptHashes = new Set<string>();
  readonly #diffed = new Set<string>();
  #calls: { number: number; call: string }[] = [];
  #blobs: { hash: string; bytes: Uint8Array }[] = [];
  #begun = 0;
  #ended = 0;

  constructor(options: { now: () => number; secrets: SecretCleaner; dataDirectory: string }) {
    this.#dataDirectory = options.dataDirectory;
    this.#now = options.now;
    this.#startedAt = options.now();
    this.#secrets = options.secrets;
  }

  /** The object as the pipeline gets it. */
  wrap<T extends object>(target: T, at: { port: string; id: string }): T {
    const standIn: Record<string | symbol, unknown> = {};
    for (const name of [...methodsOf(target), Symbol.asyncDispose, Symbol.dispose]) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") continue;
      const invoke = (live: unknown[]): unknown => Reflect.apply(method, target, live) as unknown;
      standIn[name] =
        typeof name === "symbol"
          ? () => invoke([])
          : (...args: unknown[]) => this.call({ port: at.port, on: at.id, method: name }, { args, invoke });
    }
    for (const name of Object.keys(factsOf(target))) {
      Object.defineProperty(standIn, name, {
        enumerable: true,
        get: () => Reflect.get(target, name, target) as unknown,
      });
    }
    this.#behind.set(standIn, { target, id: at.id });
    // It has all that the target has.
    return standIn as T;
  }

  /** One call: what it was asked and what came of it goes onto the tape, what came of it to the caller. */
  call(
    where: Pick<TapeCall, "port" | "on" | "method">,
    { args, invoke }: { args: readonly unknown[]; invoke: (live: unknown[]) => unknown },
  ): unknown {
    const n = (this.#begun += 1);
    const callbacks: { at: string; args: unknown }[] = [];
    const hears = where.method === "withGitToken";
    const begun = {
      ...where,
      n,
      step: currentStep(),
      ...this.#asked(where.port, args),
      start: this.#time(),
      callbacks,
    };
    this.#open.set(n, begun);
    const live = args.map((arg, index) =>
      this.#liveArgument(arg, String(index), { callbacks, isSecret: hears }),
    );
    const end = (result: TapeResult, sync: boolean): void => {
      this.#end(n, result, sync);
    };
    const fail = (error: unknown, sync: boolean): never => {
      end({ kind: "error", error: encode(asError(error), this.#encoding()) }, sync);
      throw error;
    };
    const succeed = (value: unknown, sync: boolean): unknown => {
      if (hears) {
        end({ kind: "callback" }, sync);
        return value;
      }
      const ids = new Map<object, string>();
      const idOf = (object: object): string => {
        const id = ids.get(object) ?? (ids.size === 0 ? String(n) : `${n}.${ids.size}`);
        ids.set(object, id);
        return id;
      };
      const object = (held: object): PortObject | null =>
        isPortObject(held) ? { id: idOf(held), facts: factsOf(held), methods: methodsOf(held) } : null;
      const encoded = unlessItThrows(() => ({ value: encode(value, this.#encoding({ object })) }));
      end(encoded === null ? { kind: "none" } : { kind: "value", ...encoded }, sync);
      return this.#liveResult(value, { port: where.port, idOf });
    };
    let returned: unknown;
    try {
      returned = invoke(live);
    } catch (error) {
      return fail(error, true);
    }
    if (!(returned instanceof Promise)) return succeed(returned, true);
    return returned.then(
      (value) => this.#alsoDiff(where.method, succeed(value, false)),
      (error: unknown) => fail(error, false),
    );
  }

  /** What is new since the last time. */
  takeRows(): TapeRows {
    const rows = { calls: this.#calls, blobs: this.#blobs };
    this.#calls = [];
    this.#blobs = [];
    return rows;
  }

  /** The life is over: what still waits for an answer will get none. */
  close(): void {
    for (const n of this.#open.keys()) this.#end(n, { kind: "none" }, false);
  }

  #asked(port: string, args: readonly unknown[]): { digest: string; args: unknown } {
    const idOf = (held: object): string | null => this.#behind.get(held)?.id ?? null;
    const options = { ...this.#encoding({ known: this.#known }), idOf };
    return unlessItThrows(() => askedOf(port, args, options)) ?? { digest: "", args: [] };
  }

  #end(n: number, result: TapeResult, sync: boolean): void {
    const begun = this.#open.get(n);
    if (begun === undefined) return;
    this.#open.delete(n);
    const { callbacks, ...rest } = begun;
    const call: TapeCall = {
      ...rest,
      ...(callbacks === undefined || callbacks.length === 0 ? {} : { callbacks }),
      result,
      ...(sync ? { sync: true as const } : {}),
      end: this.#time(),
      order: (this.#ended += 1),
    };
    this.#calls.push({ number: n, call: JSON.stringify(call) });
  }

  #encoding(more: Pick<EncodeOptions, "object" | "known"> = {}): EncodeOptions {
    return {
      clean: (text) => this.#clean(text),
      keep: (hash, bytes) => {
        if (this.#keptHashes.has(hash)) return;
        this.#keptHashes.add(hash);
        this.#blobs.push({ hash, bytes: pack(this.#secrets.bytes(bytes)) });
      },
      ...more,
    };
  }

  /** What stands behind an object of ours; a function that notes when it is called. `isSecret`: it hears a token. */
  #liveArgument(
    arg: unknown,
    at: string,
    { callbacks, isSecret }: { callbacks: { at: string; args: unknown }[]; isSecret: boolean },
  ): unknown {
    if (typeof arg === "function") {
      return (...heard: unknown[]): unknown => {
        if (isSecret) {
          for (const secret of heard) if (typeof secret === "string") this.#secrets.add(secret);
        }
        callbacks.push({ at, args: isSecret ? [] : encode(heard, this.#encoding()) });
        return Reflect.apply(arg, undefined, heard) as unknown;
      };
    }
    if (typeof arg !== "object" || arg === null) return arg;
    const behind = this.#behind.get(arg);
    if (behind !== undefined) return behind.target;
    if (Object.getPrototypeOf(arg) !== Object.prototype) return arg;
    const functions = Object.entries(arg).filter(([, held]) => typeof held === "function");
    if (functions.length === 0) return arg;
    const wrapped = functions.map(([key, held]) => [
      key,
      this.#liveArgument(held, `${at}.${key}`, { callbacks, isSecret }),
    ]);
    return { ...arg, ...(Object.fromEntries(wrapped) as Record<string, unknown>) };
  }

  #liveResult(value: unknown, at: { port: string; idOf: (object: object) => string }): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (isPortObject(value)) return this.wrap(value, { port: at.port, id: at.idOf(value) });
    if (!holdsPortObject(value)) return value;
    const wrapped = Object.entries(value).map(([key, held]) => [key, this.#liveResult(held, at)]);
    return Array.isArray(value) ? wrapped.map(([, held]) => held) : Object.fromEntries(wrapped);
  }

  /** Nothing in a run asks what was committed; whoever looks at its replay will. */
  async #alsoDiff(method: string, result: unknown): Promise<unknown> {
    if (method !== "admitBundle" || typeof result !== "object" || result === null) return result;
    const { headSha, diff } = result as { headSha?: unknown; diff?: () => Promise<unknown> };
    if (typeof headSha !== "string" || diff === undefined || this.#diffed.has(headSha)) return result;
    this.#diffed.add(headSha);
    // A diff that cannot be had (too long) is no reason for a run to end.
    await diff().catch(() => {});
    return result;
  }

  #clean(text: string): string {
    return this.#secrets.text(pathOnTape(text, this.#dataDirectory));
  }

  #time(): number {
    return Math.round((this.#now() - this.#startedAt) * 10) / 10;
  }
}

/** Data with an object that can do something in it, not deeper than anybody would look for one. */
function holdsPortObject(value: unknown, depth = 4): boolean {
  if (typeof value !== "object" || value === null || depth === 0) return false;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return (
    isPlain && Object.values(value).some((held) => isPortObject(held) || holdsPortObject(held, depth - 1))
  );
}

/** What cannot be written down (it refers to itself, say) leaves a gap on the tape; the pipeline gets what it asked for. */
function unlessItThrows<T>(write: () => T): T | null {
  try {
    return write();
  } catch {
    return null;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
