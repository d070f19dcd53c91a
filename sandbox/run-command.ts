import type { CommandOutput } from "./command-output.ts";
import { killProcesses, processesOf } from "./command-processes.ts";
import { findInputWait } from "./input-wait.ts";
import { countMemoryKills } from "./memory-kills.ts";
import { OutputFiles } from "./output-files.ts";
import { ensureOutputFolder } from "./output-folder.ts";
import { OutputPipes } from "./output-pipes.ts";
import { watchForPrompt } from "./prompt-watch.ts";
import { Shells, type Shell } from "./shells.ts";
import {
  OUTPUT_DIRECTORY,
  RequestFailure,
  type ExecAnswer,
  type PeekAnswer,
  type Printed,
} from "./protocol.ts";

export interface RunningCommand {
  readonly answer: Promise<ExecAnswer>;
  cancel(): void;
}

interface CommandOptions {
  readonly command: string;
  readonly cwd: string;
  readonly timeoutMs: number | null;
  readonly env: Record<string, string>;
  readonly job: number | null;
}

interface Started extends Shell {
  readonly output: CommandOutput;
  readonly at: number;
}

/** Runs commands and keeps their output; one for a sandbox. */
export class CommandRunner {
  readonly #pipes = new OutputPipes(OUTPUT_DIRECTORY);
  readonly #shells = new Shells(this.#pipes);
  readonly #files = new OutputFiles(OUTPUT_DIRECTORY);
  readonly #jobs = new Map<number, Started>();

  constructor() {
    this.#pipes.refillSoon();
  }

  /** The next command in this environment will be quicker. */
  prepare(env: CommandOptions["env"]): void {
    this.#shells.startAhead(env);
  }

  /** `bash -c` in a session and process group of its own, stdin empty. Throws RequestFailure when it cannot start. */
  run(options: CommandOptions): RunningCommand {
    const { job, timeoutMs } = options;
    const killsBefore = countMemoryKills();
    const started = this.#start(options);
    const { child, output, mark } = started;
    let end: "timeout" | "cancelled" | "asked_for_input" | null = null;
    const stop = (reason: "timeout" | "cancelled" | "asked_for_input") => {
      end ??= reason;
      killProcesses(child.pid, mark);
    };
    const timer = timeoutMs === null ? null : setTimeout(stop, timeoutMs, "timeout");
    const watch =
      job === null ? null : watchForPrompt({ mark, output, onPrompt: () => stop("asked_for_input") });
    const isOver = () => {
      if (timer !== null) clearTimeout(timer);
      watch?.[Symbol.dispose]();
    };
    if (job !== null) this.#jobs.set(job, started);
    const answer = new Promise<ExecAnswer>((resolve, reject) => {
      child.once("error", (error) => {
        isOver();
        reject(new RequestFailure("cannot_start", error.message));
      });
      child.once("exit", (code, signal) => {
        isOver();
        if (end !== null) killProcesses(child.pid, mark);
        const memory = countMemoryKills() > killsBefore && code !== 0;
        void output.settled().then(() => {
          const exitCode = end !== null || memory ? null : code;
          resolve({
            exitCode,
            signal,
            end: end ?? (memory ? "out_of_memory" : "exited"),
            ...printed(started),
          });
        });
      });
    }).finally(() => {
      this.#files.ended(output);
      if (job !== null) this.#jobs.delete(job);
    });
    return { answer, cancel: () => stop("cancelled") };
  }

  /** Throws RequestFailure `not_found` when no command of this number runs. */
  peek(job: number): PeekAnswer {
    const started = this.#jobs.get(job);
    if (started === undefined) throw new RequestFailure("not_found", `no command ${job} is running`);
    return {
      ...printed(started),
      quietSeconds: started.output.quietMs / 1000,
      waitsFor: findInputWait(processesOf(started.mark)),
    };
  }

  #start(options: CommandOptions): Started {
    ensureOutputFolder(OUTPUT_DIRECTORY);
    const at = performance.now();
    const shell = this.#shells.run(options);
    return { ...shell, output: this.#files.open(shell, shell.number), at };
  }
}

function printed({ output, at }: Started): Printed {
  const { head, tail } = output.preview();
  return {
    head: head.toString("base64"),
    tail: tail.toString("base64"),
    outputBytes: output.bytes,
    keptBytes: output.keptBytes,
    outputPath: output.path,
    seconds: (performance.now() - at) / 1000,
  };
}
