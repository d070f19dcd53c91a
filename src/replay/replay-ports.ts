import { FencedError, InterruptedError, StoppedError } from "../errors.ts";
import { currentStep } from "../run/current-step.ts";
import { askedOf } from "./asked.ts";
import { LeftOutError, type PortObject } from "./codec.ts";
import { isUnchanging, isViewEdit, nameOf } from "./call-kinds.ts";
import { comparePrompts, conversationOf } from "./compare-prompts.ts";
import type { LifeEnd } from "./life-end.ts";
import type { LifeTape, Wanted } from "./life-tape.ts";
import type { RecordedTime } from "./recorded-time.ts";
import type { Reporter } from "./reporter.ts";
import { SecretCleaner } from "./secret-cleaner.ts";
import type { TapeCall } from "./tape.ts";
import { readable, textDifference } from "./text-difference.ts";
import { withoutDurations } from "./without-durations.ts";

/** After so many differences in what is decided, what follows says nothing any more. */
const mostDecisions = 20;

/** Ports that answer from a tape. Nothing of the world is behind them. */
export class ReplayPorts {
  readonly #tape: LifeTape;
  readonly #time: RecordedTime;
  readonly #reporter: Reporter;
  readonly #end: LifeEnd;
  readonly #isWhole: (step: string) => boolean;
  readonly #ids = new WeakMap<object, string>();
  readonly #conversations = new Map<string, string>();
  readonly #secrets = new SecretCleaner([]);

  constructor(life: {
    tape: LifeTape;
    time: RecordedTime;
    reporter: Reporter;
    end: LifeEnd;
    /** The recorded life came to the end of this step: nothing of it is missing on the tape. */
    isWhole: (step: string) => boolean;
  }) {
    this.#tape = life.tape;
    this.#time = life.time;
    this.#reporter = life.reporter;
    this.#end = life.end;
    this.#isWhole = life.isWhole;
  }

  /** A port that is an object. */
  port(name: string): object {
    return this.#object(name, { id: "", facts: {}, methods: [] });
  }

  /** A port that is a function. */
  functionPort(name: string): (...args: unknown[]) => unknown {
    return (...args) => this.#call({ port: name, on: "", method: "call" }, args);
  }

  #object(port: string, { id, facts, methods }: PortObject): object {
    const made = new Map<string, unknown>();
    const proxy: object = new Proxy(
      // `await using` does not ask a proxy, it looks behind it.
      { [Symbol.asyncDispose]: async () => {}, [Symbol.dispose]: () => {} },
      {
        get: (target, name) => {
          if (name === Symbol.asyncDispose || name === Symbol.dispose)
            return Reflect.get(target, name) as unknown;
          if (typeof name === "symbol" || neverMethods.has(name)) return undefined;
          if (Object.hasOwn(facts, name)) return facts[name];
          if (id !== "" && !methods.includes(name)) throw this.#unknownPart(port, name);
          const known = made.get(name);
          if (known !== undefined) return known;
          const method = (...args: unknown[]): unknown => this.#call({ port, on: id, method: name }, args);
          made.set(name, method);
          return method;
        },
      },
    );
    this.#ids.set(proxy, id);
    return proxy;
  }

  #call(where: Pick<Wanted, "port" | "on" | "method">, args: readonly unknown[]): unknown {
    const { digest } = askedOf(where.port, args, {
      clean: this.#secrets.text,
      idOf: (held) => this.#ids.get(held) ?? null,
    });
    const wanted = { ...where, digest, step: currentStep() };
    if (isViewEdit(where)) return this.#viewEdit(wanted);
    const call = this.#find(wanted, args);
    if (call === null) {
      const error = this.#gap(wanted, args);
      // A method that answers at once throws at once.
      if (this.#tape.calls.some((one) => one.method === where.method && one.sync === true)) throw error;
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (call.sync === true) {
      this.#time.passTo(call.end);
      return this.#answer(call);
    }
    return call.method === "withGitToken" ? this.#lendToken(call, args) : this.#later(call, args);
  }

  #find(wanted: Wanted, args: readonly unknown[]): TapeCall | null {
    if (wanted.port === "model" && wanted.method === "send") return this.#findReply(wanted, args);
    const exact = this.#tape.takeExact(wanted);
    if (exact !== null) return exact;
    if (isUnchanging(wanted)) {
      const again = this.#tape.again(wanted);
      if (again !== null) return again;
    }
    const similar = this.#tape.takeSimilar(wanted);
    if (similar === null) return null;
    const [recorded, today] = [this.#tape.argsOf(similar), args.filter((arg) => typeof arg !== "function")];
    const parts = [recorded, today].map((some) => readable(tidy(withoutDurations(some))));
    this.#report(wanted.step, {
      kind: "call",
      what: `${nameOf(wanted)} is called with other arguments`,
      ...textDifference(parts[0] ?? "", parts[1] ?? ""),
    });
    return similar;
  }

  /** The reply to the same request; else the next one of the conversation that this one stands for. */
  #findReply(wanted: Wanted, args: readonly unknown[]): TapeCall | null {
    const sends = (call: TapeCall): boolean => call.port === "model" && call.method === "send";
    const request = args[0];
    const left = this.#tape.left(sends);
    const conversation = conversationOf(request);
    const recordedConversation = (call: TapeCall): string => conversationOf(this.#tape.argsOf(call)[0]);
    const exact = left.find((call) => call.digest === wanted.digest && call.step === wanted.step);
    if (exact !== undefined) {
      this.#conversations.set(`${wanted.step} ${conversation}`, recordedConversation(exact));
      return this.#tape.take(exact);
    }
    const here = left.filter((call) => call.step === wanted.step);
    const key = `${wanted.step} ${conversation}`;
    const known = this.#conversations.get(key);
    const taken = new Set(this.#conversations.values());
    const same = here.filter((call) => recordedConversation(call) === (known ?? conversation));
    const others = here.filter((call) => !taken.has(recordedConversation(call)));
    const found = same[0] ?? others[0];
    if (found === undefined) return null;
    this.#conversations.set(key, recordedConversation(found));
    for (const difference of comparePrompts(this.#tape.argsOf(found)[0], request)) {
      this.#report(wanted.step, difference);
    }
    return this.#tape.take(found);
  }

  async #later(call: TapeCall, args: readonly unknown[]): Promise<unknown> {
    if (call.result.kind === "none") return this.#never();
    for (const { at, args: heard } of call.callbacks ?? []) {
      const callback = functionAt(args, at);
      const values = this.#tape.decode(heard) as unknown[];
      if (callback !== null) Reflect.apply(callback, undefined, values);
    }
    await this.#time.until(call);
    return this.#answer(call);
  }

  /** What the function does with the token is on the tape by itself. */
  async #lendToken(call: TapeCall, args: readonly unknown[]): Promise<unknown> {
    const use = args.find((arg) => typeof arg === "function");
    if (use === undefined || (call.callbacks ?? []).length === 0) {
      if (call.result.kind === "none") return this.#never();
      await this.#time.until(call);
      return this.#answer(call);
    }
    const value: unknown = await Reflect.apply(use, undefined, ["a token of the replay"]);
    return call.result.kind === "error" ? this.#answer(call) : value;
  }

  #answer(call: TapeCall): unknown {
    const { result, port } = call;
    switch (result.kind) {
      case "value":
        try {
          return this.#tape.decode(result.value, (object) => this.#object(port, object));
        } catch (error) {
          if (!(error instanceof LeftOutError)) throw error;
          throw this.#leftOut(call, error);
        }
      case "error": {
        const error = this.#tape.decode(result.error);
        throw endsALife(error) ? this.#end.end(error) : error;
      }
      case "callback":
      case "none":
        return undefined;
      default:
        return result satisfies never;
    }
  }

  /** The recorded life ended before this answer came; here it comes with the end. */
  #never(): Promise<never> {
    const { signal } = this.#end;
    return new Promise((_, reject) => {
      const fail = (): void => reject(signal.reason as Error);
      if (signal.aborted) fail();
      else signal.addEventListener("abort", fail, { once: true });
      // Nothing else may be going on: then this is where the record ends.
      void this.#time.until({ order: Infinity, end: 0 }).then(() => this.#end.endEarly("cut"));
    });
  }

  /** Edits of the status comment come when there is time, and only how the last one went matters to a run. */
  async #viewEdit(wanted: Wanted): Promise<void> {
    const edits = this.#tape.calls.filter((call) => isViewEdit(call) && call.port === wanted.port);
    const last = edits.find((call) => call.digest === wanted.digest) ?? null;
    const error = last ?? (edits.every(({ result }) => result.kind === "error") ? edits.at(-1) : undefined);
    if (error !== undefined && error !== null && error.result.kind === "error") this.#answer(error);
  }

  #gap(wanted: Wanted, args: readonly unknown[]): unknown {
    if (this.#end.signal.aborted) return this.#end.signal.reason;
    if (!this.#isWhole(wanted.step)) return this.#end.endEarly("cut");
    const today = readable(tidy(args.filter((arg) => typeof arg !== "function")));
    this.#reporter.report({
      kind: "gap",
      step: wanted.step,
      what: `${nameOf(wanted)} is called where it was not called then, so that there is no answer on record`,
      recorded: null,
      today: textDifference("", today).today,
    });
    return this.#end.endEarly("diverged");
  }

  #unknownPart(port: string, name: string): unknown {
    this.#reporter.report({
      kind: "gap",
      step: currentStep(),
      what: `\`${name}\` of an object of ${port} is used, which the record does not know`,
      recorded: null,
      today: name,
    });
    return this.#end.endEarly("diverged");
  }

  #leftOut(call: TapeCall, error: LeftOutError): unknown {
    this.#reporter.report({
      kind: "gap",
      step: call.step,
      what: `${nameOf(call)} cannot be replayed: ${error.message}`,
      recorded: null,
      today: null,
    });
    return this.#end.endEarly("diverged");
  }

  #report(step: string, found: Omit<Parameters<Reporter["report"]>[0], "step">): void {
    this.#reporter.report({ step, ...found });
    if (this.#reporter.decisions >= mostDecisions) this.#end.endEarly("diverged");
  }
}

/** What JavaScript itself asks of any object. */
const neverMethods = new Set(["then", "toJSON", "constructor", "inspect", "nodeType"]);

function endsALife(error: unknown): boolean {
  return error instanceof StoppedError || error instanceof InterruptedError || error instanceof FencedError;
}

/** `0` or `1.onOutput`: as the recorder names it. */
function functionAt(args: readonly unknown[], at: string): ((...args: unknown[]) => unknown) | null {
  let held: unknown = args;
  for (const key of at.split(".")) {
    if (typeof held !== "object" || held === null) return null;
    held = Reflect.get(held, key);
  }
  return typeof held === "function" ? (held as (...args: unknown[]) => unknown) : null;
}

/** As the tape has them: without signals. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (value instanceof AbortSignal) return undefined;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, held]) =>
        held === undefined || typeof held === "function" || held instanceof AbortSignal || key === "token"
          ? []
          : [[key, tidy(held)]],
      ),
  );
}
