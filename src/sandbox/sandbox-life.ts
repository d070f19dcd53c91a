import { setTimeout as delay } from "node:timers/promises";
import type { Container, ContainerInspectInfo } from "dockerode";
import { HandbackError, SandboxError } from "../errors.ts";
import { ChannelEnded, type SandboxChannel } from "./channel.ts";
import { inEngineWords } from "./docker-failure.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { within } from "./within.ts";

/**
 * When and why a sandbox ends. First cause wins: the wall clock, the run's signal, the loss of the stream or disposal;
 * from then on every call fails with that cause, and the container is killed.
 */
export class SandboxLife {
  readonly #id: string;
  readonly #logger: SandboxLog | undefined;
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  readonly #end = Promise.withResolvers<never>();
  #container: Container | null = null;
  #exited: Promise<unknown> = Promise.resolve();
  #channel: SandboxChannel | null = null;
  #ended: Error | null = null;
  #disposing: Promise<void> | null = null;

  constructor(options: { id: string; logger: SandboxLog | undefined }) {
    this.#id = options.id;
    this.#logger = options.logger;
    this.#end.promise.catch(() => undefined);
  }

  /** Why it ended; null while it lives. */
  get ended(): Error | null {
    return this.#ended;
  }

  /** Settles when it has ended. */
  get over(): Promise<void> {
    return this.#end.promise.catch(() => {});
  }

  /** Run in reverse order by `dispose`. */
  onDispose(cleanup: () => Promise<unknown>): void {
    this.#cleanups.push(cleanup);
  }

  /** Docker may take its time to make it, and the end come first: it is removed then, too. */
  async owns(making: Promise<Container>): Promise<Container> {
    this.onDispose(async () => {
      const made = await making.catch(() => null);
      if (made !== null) await removeContainer(made);
    });
    this.#container = await making;
    return this.#container;
  }

  speaksThrough(channel: SandboxChannel): void {
    this.#channel = channel;
  }

  /** Until it is lifted by the function that comes back. */
  limit(options: { minutes: number; signal: AbortSignal | undefined }): () => void {
    const { minutes, signal } = options;
    const timer = setTimeout(() => this.end(timeOver(minutes)), Math.min(minutes * 60_000, 2 ** 31 - 1));
    timer.unref();
    const stop = () => this.end(stopped(signal?.reason));
    signal?.addEventListener("abort", stop, { once: true });
    const lift = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
    this.onDispose(async () => lift());
    if (signal?.aborted === true) stop();
    return lift;
  }

  /** The result, or the cause of an end that comes first. */
  async unlessEnded<T>(work: Promise<T>): Promise<T> {
    return Promise.race([
      this.#end.promise,
      work.catch((error: unknown) => {
        // Why the stream ended is about to be known.
        if (error instanceof ChannelEnded) return this.#end.promise;
        throw error;
      }),
    ]);
  }

  /** What `body` comes to; when that fails, nothing is left of the sandbox, and the first cause is thrown. */
  async orNothing<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      const cause = this.#ended ?? error;
      await this.dispose();
      throw cause;
    }
  }

  /** The sandbox ends with its container, also before its first process has spoken. */
  watch(container: Container): void {
    const exit = container.wait();
    exit.then(
      () => this.streamEnded(new Error("the container ended")),
      // The engine is away: that ends no container by itself, and what else happens to it the stream shows.
      () => undefined,
    );
    this.#exited = exit.catch(() => undefined);
  }

  /** The stream went away by itself: find out whether memory was the reason. */
  streamEnded(cause: Error): void {
    if (this.#ended !== null) return;
    void this.#diagnose(cause).then((error) => this.end(error));
  }

  end(cause: Error): void {
    if (this.#ended !== null) return;
    this.#ended = cause;
    this.#logger?.warn({ sandbox: this.#id, cause: cause.message }, "sandbox ended early");
    this.#end.reject(cause);
    this.#channel?.end(cause);
    this.#container?.kill().catch(() => undefined);
  }

  /** Removes all there is of it, and waits for no part for long: Docker may hang. Safe to call again. */
  async dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    const over = new SandboxError("sandbox.disposed", "the sandbox has been removed", {
      mend: "This is a fault of Handback's: report it.",
    });
    this.#ended ??= over;
    this.#end.reject(over);
    this.#channel?.end(over);
    for (const cleanup of this.#cleanups.toReversed()) {
      await within(CLEANUP_MS, cleanup()).catch((error: unknown) => {
        this.#logger?.warn(
          { sandbox: this.#id, error: String(error) },
          "a part of the sandbox could not be removed",
        );
      });
    }
  }

  async #inspect(): Promise<ContainerInspectInfo | SandboxError | undefined> {
    if (this.#container === null) return undefined;
    return inEngineWords(this.#container.inspect(), { image: "" }).catch((error: SandboxError) => error);
  }

  /** What the first process said last. */
  async #lastWords(): Promise<string> {
    const logs = await this.#container?.logs({ stdout: true, stderr: true, tail: 20 }).catch(() => null);
    // Docker puts eight bytes of its own before each piece.
    const bytes = (logs?.toString("latin1") ?? "").replaceAll(/[\0-\x02]\0{3}[^]{4}/g, "");
    return Buffer.from(bytes, "latin1").toString().slice(-2000);
  }

  async #diagnose(cause: Error): Promise<SandboxError> {
    // A connection breaks before its container has ended, and what became of that is known only then.
    await Promise.race([this.#exited, delay(exitMs, undefined, { ref: false })]);
    const facts = await this.#inspect();
    if (facts instanceof SandboxError && facts.code === "sandbox.engine_unreachable") return facts;
    const state = facts instanceof SandboxError ? undefined : facts?.State;
    const fields = { stderr: await this.#lastWords(), exitCode: state?.ExitCode };
    if (state?.OOMKilled === true && !state.Running) {
      return new SandboxError("sandbox.out_of_memory", "the sandbox ran out of memory", {
        mend: "Raise sandbox.memoryMb in .github/handback.yml.",
        fields,
        cause,
      });
    }
    return new SandboxError("sandbox.lost", "the sandbox's first process is gone or no longer makes sense", {
      mend: "Start the run again; if it happens every time, see whether a command there kills all processes.",
      fields,
      cause,
    });
  }
}

const CLEANUP_MS = 60_000;

/** How long a container may take to end after its first process. */
const exitMs = 2_000;

function timeOver(minutes: number): SandboxError {
  return new SandboxError("sandbox.time_over", `the sandbox's ${minutes} minutes are over`, {
    mend: "Raise sandbox.minutes in .github/handback.yml, or ask for less at once.",
    fields: { minutes },
  });
}

/** A named error that the signal carries is the first cause itself. */
function stopped(reason: unknown): Error {
  if (reason instanceof HandbackError) return reason;
  return new SandboxError("sandbox.cancelled", "the sandbox was stopped", {
    mend: "Start the run again when you want it.",
    cause: reason,
  });
}

/** Also when the engine is at it already (409), or has done it (404). */
async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
