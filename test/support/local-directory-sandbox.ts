import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { SandboxError, SandboxFileError } from "../../src/errors.ts";
import type {
  CommandOutput,
  CommandState,
  EndedCommand,
  ExecResult,
  Sandbox,
  WorkState,
} from "../../src/sandbox/sandbox.ts";

const previewBytes = 2_048;

/** A sandbox that protects nothing: bash in a temporary folder of this machine. Passes sandbox.contract.ts. */
export class LocalDirectorySandbox implements Sandbox {
  readonly id: string;
  readonly #root: string;
  readonly #started = new Map<number, Running>();
  #commands = 0;
  #numbers = 0;
  #disposed = false;

  /** With an empty git repository on branch `main` which has one commit of these files. */
  static async create(files: Readonly<Record<string, string>> = {}): Promise<LocalDirectorySandbox> {
    const sandbox = new LocalDirectorySandbox(await mkdtemp(join(tmpdir(), "handback-sandbox-")));
    await mkdir(sandbox.workspace);
    for (const [path, content] of Object.entries(files)) await sandbox.writeFile(path, content);
    const made = await sandbox.exec(
      "git init -q -b main && git config user.name T && git config user.email t@example.com && git add -A && git commit -q --allow-empty -m Start",
    );
    if (made.exitCode !== 0) throw new Error(made.preview);
    return sandbox;
  }

  constructor(root: string) {
    this.id = root;
    this.#root = root;
  }

  get workspace(): string {
    return join(this.#root, "workspace");
  }

  async exec(command: string, options: Parameters<Sandbox["exec"]>[1] = {}): Promise<ExecResult> {
    const running = this.#spawn(command, options);
    let why: "timeout" | "cancelled" | null = null;
    const kill = (reason: "timeout" | "cancelled") => {
      why ??= reason;
      running.kill();
    };
    const onAbort = () => kill("cancelled");
    const timer = setTimeout(() => kill("timeout"), options.timeoutMs ?? 600_000);
    options.signal?.addEventListener("abort", onAbort);
    if (options.signal?.aborted) onAbort();
    const code = await running.ended;
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    const reason = why ?? (code === null ? "killed" : "exited");
    return { exitCode: reason === "exited" ? code : null, reason, ...running.printed() };
  }

  async start(command: string, options: Parameters<Sandbox["start"]>[1] = {}): Promise<number> {
    const number = (this.#numbers += 1);
    this.#started.set(number, this.#spawn(command, options));
    return number;
  }

  async wait(number: number, options: Parameters<Sandbox["wait"]>[1]): Promise<CommandState> {
    const running = this.#get(number);
    const late = Promise.withResolvers<"late">();
    const giveUp = () => late.resolve("late");
    const timer = setTimeout(giveUp, options.timeoutMs);
    options.signal?.addEventListener("abort", giveUp);
    if (options.signal?.aborted) giveUp();
    const end = await Promise.race([running.ended, late.promise]);
    clearTimeout(timer);
    if (end !== "late") return this.#end(number, end);
    return { status: "running", ...running.printed(), quietSeconds: running.quietSeconds(), waitsFor: null };
  }

  async stop(number: number): Promise<EndedCommand> {
    const running = this.#get(number);
    running.kill();
    return this.#end(number, await running.ended);
  }

  async readFile(path: string, options: { maxBytes?: number } = {}): Promise<Uint8Array> {
    const inside = this.#inside(path);
    const facts = await stat(inside).catch(() => null);
    if (facts === null) throw fileError("file.not_found", `${path} does not exist`);
    if (!facts.isFile()) throw fileError("file.not_a_file", `${path} is a directory`);
    if (facts.size > (options.maxBytes ?? Infinity)) {
      throw fileError("file.too_big", `${path} has ${facts.size} bytes, more than ${options.maxBytes}`);
    }
    return await readFile(inside);
  }

  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const inside = this.#inside(path);
    if (!inside.startsWith(this.#root)) throw fileError("file.outside", `${path} is outside /workspace`);
    if ((await stat(inside).catch(() => null))?.isDirectory()) {
      throw fileError("file.not_a_file", `${path} is a directory`);
    }
    await mkdir(dirname(inside), { recursive: true });
    await writeFile(inside, content);
  }

  async inspectWork(base: string): Promise<WorkState> {
    const { preview } = await this.exec(
      `git rev-parse HEAD && git rev-list --count ${base}..HEAD && git status --porcelain`,
    );
    const [headSha = "", commits = "0", ...changes] = preview.trimEnd().split("\n");
    return { headSha, commits: Number(commits), dirty: changes.length > 0 };
  }

  async bundle(options: { base: string; maxBytes: number }): Promise<Uint8Array> {
    await this.exec(`git bundle create ${this.#root}/result.bundle ${options.base}..HEAD HEAD`);
    const bytes = await readFile(join(this.#root, "result.bundle"));
    if (bytes.length <= options.maxBytes) return bytes;
    throw new SandboxError("sandbox.result_too_big", "The result is too big", {
      mend: "Make a smaller change.",
    });
  }

  requests(): [] {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const running of this.#started.values()) running.kill();
    await Promise.all([...this.#started.values()].map((running) => running.ended));
    await rm(this.#root, { recursive: true, force: true });
  }

  #get(number: number): Running {
    const running = this.#started.get(number);
    if (running === undefined) throw new RangeError(`there is no command ${number}, or its end was told`);
    return running;
  }

  #end(number: number, code: number | null): EndedCommand {
    const running = this.#get(number);
    this.#started.delete(number);
    const reason = running.wasKilled() ? "stopped" : code === null ? "killed" : "exited";
    return { status: "ended", exitCode: reason === "exited" ? code : null, reason, ...running.printed() };
  }

  #spawn(command: string, options: { cwd?: string; env?: Record<string, string> }): Running {
    const startedAt = performance.now();
    let lastAt = startedAt;
    let isOver = false;
    let wasKilled = false;
    const child = spawn("bash", ["-c", command], {
      cwd: this.#inside(options.cwd ?? "."),
      env: { PATH: process.env.PATH, HOME: this.#root, ...options.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const outputPath = join(this.#root, `output-${(this.#commands += 1)}`);
    writeFileSync(outputPath, "");
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer) => {
      lastAt = performance.now();
      chunks.push(chunk);
      if (!this.#disposed) appendFileSync(outputPath, chunk);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const ended = new Promise<number | null>((done) =>
      child.once("close", (code) => {
        isOver = true;
        done(code);
      }),
    );
    return {
      ended,
      kill: () => {
        if (isOver || child.pid === undefined) return;
        wasKilled = true;
        process.kill(-child.pid, "SIGKILL");
      },
      wasKilled: () => wasKilled,
      quietSeconds: () => (performance.now() - lastAt) / 1000,
      printed: () => {
        const output = Buffer.concat(chunks);
        return {
          preview: previewOf(output, outputPath),
          outputBytes: output.length,
          outputPath,
          seconds: (performance.now() - startedAt) / 1000,
        };
      },
    };
  }

  #inside(path: string): string {
    if (path.startsWith(this.#root)) return path;
    return path.startsWith("/workspace") ? join(this.#root, path) : resolve(this.workspace, path);
  }
}

interface Running {
  readonly ended: Promise<number | null>;
  kill(): void;
  wasKilled(): boolean;
  quietSeconds(): number;
  printed(): CommandOutput;
}

function previewOf(output: Buffer, path: string): string {
  if (output.length <= 2 * previewBytes) return output.toString("utf8");
  const head = output.subarray(0, previewBytes).toString("utf8");
  const tail = output.subarray(-previewBytes).toString("utf8");
  return `${head}\n[… ${output.length - 2 * previewBytes} bytes left out; all ${output.length} in ${path} …]\n${tail}`;
}

function fileError(code: string, message: string): SandboxFileError {
  return new SandboxFileError(code, message, { mend: "Look at the path." });
}
