import { z } from "zod";
import { WORKSPACE } from "../../sandbox/protocol.ts";
import { SandboxError, SandboxFileError } from "../errors.ts";
import { RequestRefused, type SandboxChannel } from "./channel.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { previewOf } from "./preview.ts";
import type { EgressRequest, ExecResult, Sandbox, WorkState } from "./sandbox.ts";
import type { SandboxLife } from "./sandbox-life.ts";

const DEFAULT_READ_BYTES = 10 * 1024 * 1024;

/** A running sandbox, spoken to over its channel. */
export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly #channel: SandboxChannel;
  readonly #life: SandboxLife;
  readonly #proxy: EgressProxy;

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
    const { cwd = WORKSPACE, timeoutMs = null, env = {}, signal } = options;
    const request = { op: "exec", command, cwd: absolute(cwd), timeoutMs, env } as const;
    try {
      const answer = await this.#ask(request, { schema: ExecAnswer, signal });
      const { exitCode, outputBytes, outputPath, seconds } = answer;
      return {
        exitCode,
        reason: reasonOf(answer),
        preview: previewOf(answer),
        outputBytes,
        outputPath,
        seconds,
      };
    } catch (error) {
      // No process to be had, or no such folder: that is a command's bad luck, which its caller is to see.
      if (!(error instanceof RequestRefused)) throw error;
      return {
        exitCode: null,
        reason: "killed",
        preview: error.message,
        outputBytes: 0,
        outputPath: "/dev/null",
        seconds: 0,
      };
    }
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

  async bundle(options: { base: string; maxBytes: number; signal?: AbortSignal }): Promise<Uint8Array> {
    const { base, maxBytes, signal } = options;
    const chunks: Buffer[] = [];
    const keep = keepUpTo(
      maxBytes,
      chunks,
      () => new RequestRefused("too_big", `the bundle is larger than ${maxBytes} bytes`),
    );
    await this.#work(
      this.#ask({ op: "bundle", base: sha(base), maxBytes }, { schema: SizeAnswer, onChunk: keep, signal }),
      maxBytes,
    );
    return Buffer.concat(chunks);
  }

  requests(): readonly EgressRequest[] {
    return this.#proxy.requests();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#life.dispose();
  }

  #ask: SandboxChannel["request"] = async (request, options) =>
    this.#life.unlessEnded(
      this.#channel.request(request, options).catch((error: unknown) => {
        if (error instanceof z.ZodError) throw lost(error);
        throw error;
      }),
    );

  async #file<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      throw new SandboxFileError(`file.${error.code}`, error.message, {
        mend: FILE_MENDS[error.code] ?? "Try another path.",
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
      const known = WORK_FAILURES[error.code] ?? WORK_FAILURES["workspace_broken"];
      throw new SandboxError(known?.code ?? "", `${known?.message ?? ""} (${error.message})`, {
        mend: known?.mend ?? "",
        fields: { maxBytes },
        cause: error,
      });
    }
  }
}

const ExecAnswer = z.object({
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  end: z.enum(["exited", "timeout", "cancelled", "out_of_memory"]),
  head: z.base64(),
  tail: z.base64(),
  outputBytes: z.number(),
  keptBytes: z.number(),
  outputPath: z.string(),
  seconds: z.number(),
});
const SizeAnswer = z.object({ bytes: z.number() });
const InspectAnswer = z.object({
  headSha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  commits: z.number().int(),
  dirty: z.boolean(),
});

const FILE_MENDS: Readonly<Record<string, string>> = {
  not_found: "Look for the file first; the path is taken from /workspace.",
  not_a_file: "Give the path of a plain file.",
  too_big: "Read a part of it with a command (head, tail, sed -n).",
  outside: "Write under /workspace or /tmp.",
  no_space: "Delete what is not needed; the sandbox's disk is full (sandbox.diskMb).",
  denied: "Choose a path that the user `agent` may use.",
};

const WORK_FAILURES: Readonly<Record<string, { code: string; message: string; mend: string }>> = {
  too_big: {
    code: "sandbox.result_too_big",
    message: "the commits are too big to take out of the sandbox",
    mend: "Leave large or generated files out of the commits (see .gitignore), and run again.",
  },
  no_commits: {
    code: "sandbox.no_commits",
    message: "there is nothing to take out of the sandbox",
    mend: "Nothing was committed: say more exactly what should change.",
  },
  workspace_broken: {
    code: "sandbox.workspace_broken",
    message: "git in the sandbox cannot read what the agent left",
    mend: "Start the run again: the agent has damaged its copy of the repository.",
  },
};

function reasonOf(answer: z.infer<typeof ExecAnswer>): ExecResult["reason"] {
  if (answer.end !== "exited") return answer.end;
  return answer.signal === null ? "exited" : "killed";
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

function lost(cause: z.ZodError): SandboxError {
  return new SandboxError("sandbox.lost", "the sandbox gave an answer that makes no sense", {
    mend: "Run bin/setup to build the sandbox image again, and start the run again.",
    cause,
  });
}
