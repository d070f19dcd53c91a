import { randomBytes } from "node:crypto";
import { z } from "zod";
import { WORKSPACE, type SandboxRequest } from "../../sandbox/protocol.ts";
import { SandboxError, SandboxFileError } from "../errors.ts";
import { RequestRefused, type RequestOptions, type SandboxChannel } from "./channel.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import type { CommandState, EgressRequest, EndedCommand, ExecResult, Sandbox, WorkState } from "./sandbox.ts";
import {
  ExecAnswer,
  fileMends,
  InspectAnswer,
  PeekAnswer,
  SizeAnswer,
  workFailures,
} from "./sandbox-answers.ts";
import type { SandboxLife } from "./sandbox-life.ts";
import { neverRan, outputOf, StartedCommands } from "./started-commands.ts";

const DEFAULT_READ_BYTES = 10 * 1024 * 1024;
const LONGEST_ARGUMENT = 100_000;
/** How long sandboxd may take for what it should have at once, after a timeout or a cancellation. */
const GRACE_MS = 5_000;
const ANSWER_MS = 120_000;
const BUNDLE_MS = 600_000;

/** A running sandbox, spoken to over its channel. */
export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly #channel: SandboxChannel;
  readonly #life: SandboxLife;
  readonly #proxy: EgressProxy;
  readonly #commands = new StartedCommands((job) => this.#ask({ op: "peek", job }, { schema: PeekAnswer }));

  constructor(options: { id: string; channel: SandboxChannel; life: SandboxLife; proxy: EgressProxy }) {
    this.id = options.id;
    this.#channel = options.channel;
    this.#life = options.life;
    this.#proxy = options.proxy;
  }

  async exec(
    command: string,
    options: { cwd?: string; timeoutMs?: number; signal?: AbortSignal; env?: Record<string, string> } = {},
  ): Promise<ExecResult> {
    const { cwd, timeoutMs = null, env, signal } = options;
    try {
      const request = await this.#execRequest(command, { cwd, env, timeoutMs, job: null });
      const withinMs = timeoutMs === null ? null : timeoutMs + GRACE_MS;
      const answer = await this.#ask(request, { schema: ExecAnswer, signal, withinMs });
      return { exitCode: answer.exitCode, reason: reasonOf(answer), ...outputOf(answer) };
    } catch (error) {
      return neverRan(error);
    }
  }

  async start(
    command: string,
    options: { cwd?: string; env?: Record<string, string> } = {},
  ): Promise<number> {
    // What cannot be asked for (there is no room for a long command's file) is told as the command's own end.
    const request = await this.#execRequest(command, { ...options, timeoutMs: null, job: null }).catch(
      (error: unknown) => {
        if (error instanceof RequestRefused) return error;
        throw error;
      },
    );
    return this.#commands.add(async (job, signal) => {
      if (request instanceof RequestRefused) throw request;
      return await this.#ask({ ...request, job }, { schema: ExecAnswer, signal, withinMs: null });
    });
  }

  wait(number: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CommandState> {
    return this.#commands.wait(number, options);
  }

  stop(number: number): Promise<EndedCommand> {
    return this.#commands.stop(number);
  }

  async readFile(path: string, options: { maxBytes?: number } = {}): Promise<Uint8Array> {
    const { maxBytes = DEFAULT_READ_BYTES } = options;
    const chunks: Buffer[] = [];
    const keep = keepUpTo(maxBytes, chunks, () => new RequestRefused("too_big", `${path} is too long`));
    await this.#file(path, this.#ask({ op: "read", path, maxBytes }, { schema: SizeAnswer, onChunk: keep }));
    return Buffer.concat(chunks);
  }

  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const body = typeof content === "string" ? Buffer.from(content) : content;
    await this.#file(path, this.#ask({ op: "write", path }, { schema: SizeAnswer, body }));
  }

  async inspectWork(base: string): Promise<WorkState> {
    return this.#work(this.#ask({ op: "inspect", base: sha(base) }, { schema: InspectAnswer }));
  }

  async bundle(options: Parameters<Sandbox["bundle"]>[0]): Promise<Uint8Array> {
    const { base, baseBranch = null, maxBytes, signal } = options;
    const chunks: Buffer[] = [];
    const keep = keepUpTo(
      maxBytes,
      chunks,
      () => new RequestRefused("too_big", `the bundle is larger than ${maxBytes} bytes`),
    );
    await this.#work(
      this.#ask(
        { op: "bundle", base: sha(base), baseBranch, maxBytes },
        { schema: SizeAnswer, onChunk: keep, signal, withinMs: BUNDLE_MS },
      ),
      maxBytes,
    ).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    return Buffer.concat(chunks);
  }

  requests(): readonly EgressRequest[] {
    return this.#proxy.requests();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#life.dispose();
  }

  async #execRequest(
    command: string,
    options: {
      cwd?: string | undefined;
      env?: Record<string, string> | undefined;
      timeoutMs: number | null;
      job: number | null;
    },
  ): Promise<Extract<SandboxRequest, { op: "exec" }>> {
    const { cwd = WORKSPACE, env = {}, timeoutMs, job } = options;
    return { op: "exec", command: await this.#shortened(command), cwd: absolute(cwd), timeoutMs, env, job };
  }

  /** Linux takes at most 128 KB in one argument: what is longer is put into a file that no command can foresee, and the shell reads that. */
  async #shortened(command: string): Promise<string> {
    if (Buffer.byteLength(command) < LONGEST_ARGUMENT) return command;
    const path = `/tmp/handback/command-${randomBytes(8).toString("hex")}.sh`;
    await this.#ask({ op: "write", path }, { schema: SizeAnswer, body: Buffer.from(command) });
    return `. ${path}`;
  }

  /** An agent can stop sandboxd as it can kill it: one that does not answer in time is lost, too. */
  async #ask<T>(
    request: SandboxRequest,
    options: RequestOptions<T> & { withinMs?: number | null },
  ): Promise<T> {
    const { withinMs = ANSWER_MS, signal } = options;
    const timers = new Set<NodeJS.Timeout>();
    const expectWithin = (ms: number) =>
      timers.add(setTimeout(() => this.#life.end(lost(`no answer in ${ms} ms`)), ms));
    const cancelled = () => void expectWithin(GRACE_MS);
    if (withinMs !== null) expectWithin(withinMs);
    if (signal?.aborted === true) cancelled();
    signal?.addEventListener("abort", cancelled, { once: true });
    try {
      return await this.#life.unlessEnded(this.#channel.request(request, options));
    } catch (error) {
      if (error instanceof z.ZodError) throw lost(error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancelled);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  async #file<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      throw new SandboxFileError(`file.${error.code}`, error.message, {
        mend: fileMends[error.code] ?? "Try another path.",
        fields: { path },
        cause: error,
      });
    }
  }

  async #work<T>(work: Promise<T>, maxBytes?: number): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const known = workFailures[error.code] ?? workFailures["workspace_broken"];
      throw new SandboxError(known?.code ?? "", `${known?.message ?? ""} (${error.message})`, {
        mend: known?.mend ?? "",
        fields: { maxBytes },
        cause: error,
      });
    }
  }
}

function reasonOf({ end, signal }: z.infer<typeof ExecAnswer>): ExecResult["reason"] {
  if (end === "exited") return signal === null ? "exited" : "killed";
  return end === "asked_for_input" ? "killed" : end;
}

function keepUpTo(maxBytes: number, chunks: Buffer[], refusal: () => Error): (chunk: Buffer) => void {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    if (bytes > maxBytes) throw refusal();
    // The frame's buffer may be a view on a larger one.
    chunks.push(Buffer.from(chunk));
  };
}

function absolute(cwd: string): string {
  return cwd.startsWith("/") ? cwd : `${WORKSPACE}/${cwd}`;
}

function sha(value: string): string {
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(value)) return value;
  throw new TypeError(`not a commit's full name: ${value}`);
}

function lost(cause: unknown): SandboxError {
  return new SandboxError("sandbox.lost", "the sandbox gives no answer, or one that makes no sense", {
    mend: "Start the run again; if it happens every time, see whether a command there stops all processes.",
    cause,
  });
}
