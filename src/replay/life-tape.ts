import { decode, type PortObject } from "./codec.ts";
import type { TapeCall } from "./tape.ts";

export interface Wanted {
  readonly port: string;
  readonly on: string;
  readonly method: string;
  readonly digest: string;
  readonly step: string;
}

/**
 * The recorded calls of one life, given out once each. Agents and steps work side by side, so a call is found by its object, method
 * and arguments, not by its place among all calls; of several that are the same, the first recorded one goes first.
 */
export class LifeTape {
  readonly calls: readonly TapeCall[];
  readonly #read: (hash: string) => Uint8Array;
  readonly #left: Set<TapeCall>;
  readonly #decoded = new WeakMap<TapeCall, readonly unknown[]>();

  constructor(calls: readonly TapeCall[], read: (hash: string) => Uint8Array) {
    this.calls = calls;
    this.#read = read;
    this.#left = new Set(calls);
  }

  /** The same call; in the caller's own step if there is one. */
  takeExact(wanted: Wanted): TapeCall | null {
    const same = this.left((call) => isSameMethod(call, wanted) && call.digest === wanted.digest);
    return this.#take(same.find((call) => call.step === wanted.step) ?? same[0]);
  }

  /** The next call of this method in this step, whatever its arguments. */
  takeSimilar(wanted: Wanted): TapeCall | null {
    return this.#take(this.left((call) => isSameMethod(call, wanted) && call.step === wanted.step)[0]);
  }

  /** The same call although it was given out before: what does not change may be asked again. */
  again(wanted: Wanted): TapeCall | null {
    return this.calls.find((call) => isSameMethod(call, wanted) && call.digest === wanted.digest) ?? null;
  }

  take(call: TapeCall): TapeCall {
    this.#left.delete(call);
    return call;
  }

  /** What was not given out yet. */
  left(where: (call: TapeCall) => boolean): TapeCall[] {
    return [...this.#left].filter(where);
  }

  argsOf(call: TapeCall): readonly unknown[] {
    const known = this.#decoded.get(call);
    if (known !== undefined) return known;
    const args = decode(call.args, { read: this.#read }) as readonly unknown[];
    this.#decoded.set(call, args);
    return args;
  }

  /** Throws LeftOutError. */
  decode(value: unknown, object?: (object: PortObject) => unknown): unknown {
    return decode(value, { read: this.#read, ...(object === undefined ? {} : { object }) });
  }

  #take(call: TapeCall | undefined): TapeCall | null {
    return call === undefined ? null : this.take(call);
  }
}

function isSameMethod(call: TapeCall, wanted: Wanted): boolean {
  return call.port === wanted.port && call.on === wanted.on && call.method === wanted.method;
}
