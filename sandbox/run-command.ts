import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandOutput } from "./command-output.ts";
import { countMemoryKills } from "./memory-kills.ts";
import { OutputPipes } from "./output-pipes.ts";
import { OUTPUT_DIRECTORY, PREVIEW_BYTES, RequestFailure, type ExecAnswer } from "./protocol.ts";

/** What one command's output file may hold. */
const OUTPUT_CAP_BYTES = 64 * 1024 * 1024;
/** What all kept output files may hold together; the oldest go first. */
const OUTPUT_TOTAL_BYTES = 96 * 1024 * 1024;
/** In the environment of a command and of all it starts, so that those which left its process group are found, too. */
const COMMAND_MARK = "HANDBACK_COMMAND";

export interface RunningCommand {
  readonly answer: Promise<ExecAnswer>;
  cancel(): void;
}

/** Runs commands and keeps their output; one for a sandbox. */
export class CommandRunner {
  readonly #pipes = new OutputPipes(OUTPUT_DIRECTORY);
  readonly #outputs: CommandOutput[] = [];
  #count = 0;

  constructor() {
    this.#pipes.refillSoon();
  }

  /** `bash -c` in a session and process group of its own, stdin empty. Throws RequestFailure when it cannot start. */
  run(options: {
    command: string;
    cwd: string;
    timeoutMs: number | null;
    env: Record<string, string>;
  }): RunningCommand {
    const started = performance.now();
    const killsBefore = countMemoryKills();
    const number = (this.#count += 1);
    const mark = `${process.pid}.${number}`;
    const { child, output } = this.#start(options, number, mark);
    let end: "timeout" | "cancelled" | null = null;
    const stop = (reason: "timeout" | "cancelled") => {
      end ??= reason;
      killAll(child, mark);
    };
    const timer = options.timeoutMs === null ? null : setTimeout(stop, options.timeoutMs, "timeout");
    const answer = new Promise<ExecAnswer>((resolve, reject) => {
      child.once("error", (error) => reject(new RequestFailure("cannot_start", error.message)));
      child.once("exit", (code, signal) => {
        if (timer !== null) clearTimeout(timer);
        if (end !== null) killAll(child, mark);
        const memory = countMemoryKills() > killsBefore && code !== 0;
        void output.settled().then(() => {
          const { head, tail } = output.preview();
          resolve({
            exitCode: end !== null || memory ? null : code,
            signal,
            end: end ?? (memory ? "out_of_memory" : "exited"),
            head: head.toString("base64"),
            tail: tail.toString("base64"),
            outputBytes: output.bytes,
            keptBytes: output.keptBytes,
            outputPath: output.path,
            seconds: (performance.now() - started) / 1000,
          });
        });
      });
    });
    return { answer, cancel: () => stop("cancelled") };
  }

  #start(
    options: { command: string; cwd: string; env: Record<string, string> },
    number: number,
    mark: string,
  ): { child: ChildProcess; output: CommandOutput } {
    mkdirSync(OUTPUT_DIRECTORY, { recursive: true });
    this.#makeRoom();
    const pipe = this.#pipes.open();
    let child: ChildProcess;
    try {
      child = spawn("/bin/bash", ["-c", options.command], {
        cwd: options.cwd,
        env: { ...options.env, [COMMAND_MARK]: mark },
        stdio: ["ignore", pipe.writeFd, pipe.writeFd],
        detached: true,
      });
    } catch (error) {
      closeSync(pipe.readFd);
      throw new RequestFailure("cannot_start", error instanceof Error ? error.message : String(error));
    } finally {
      closeSync(pipe.writeFd);
    }
    preferAsVictim(child.pid);
    const output = new CommandOutput({
      readFd: pipe.readFd,
      path: join(OUTPUT_DIRECTORY, `output-${number}.log`),
      capBytes: OUTPUT_CAP_BYTES,
      previewBytes: PREVIEW_BYTES,
    });
    this.#outputs.push(output);
    return { child, output };
  }

  #makeRoom(): void {
    let total = this.#outputs.reduce((sum, output) => sum + output.keptBytes, 0);
    while (total > OUTPUT_TOTAL_BYTES - OUTPUT_CAP_BYTES) {
      const oldest = this.#outputs.shift();
      if (oldest === undefined) return;
      total -= oldest.keptBytes;
      rmSync(oldest.path, { force: true });
    }
  }
}

/** When memory runs out the kernel should take the command, not the process that reports it. */
function preferAsVictim(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Ended already.
  }
}

/** The group first, then whoever left it: repeated, since a process may fork while it is looked for. */
function killAll(child: ChildProcess, mark: string): void {
  if (child.pid !== undefined) kill(-child.pid);
  const wanted = `${COMMAND_MARK}=${mark}\0`;
  for (let round = 0; round < 20; round += 1) {
    const left = readdirSync("/proc").filter(
      (name) => /^\d+$/.test(name) && environmentOf(name).includes(wanted),
    );
    if (left.length === 0) return;
    for (const pid of left) kill(Number(pid));
  }
}

function environmentOf(pid: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/environ`, "latin1")}\0`;
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
