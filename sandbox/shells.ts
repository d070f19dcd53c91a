/**
 * A bash for each command, in a session and process group of its own, stdin empty. One is started ahead: it has its pipes, its
 * environment and its working directory already, and waits to be told the command. That saves half the time of a short one.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, readFileSync, writeFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { COMMAND_MARK } from "./command-processes.ts";
import type { OutputPipes } from "./output-pipes.ts";
import { RequestFailure, WORKSPACE } from "./protocol.ts";

export interface Shell {
  readonly child: ChildProcess;
  /** From 1 on, in the order of starts. */
  readonly number: number;
  /** In the environment of the command and of all that it starts. */
  readonly mark: string;
  /** Of the pipe with all output; the caller's. */
  readonly readFd: number;
}

interface ShellOptions {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What the waiting shell runs: reads a command up to a NUL from descriptor 3, which is a socket, so that nobody else can write into
 * it, and runs it as `bash -c` would; the variable is bash's own name for such a command.
 */
const WAIT =
  "IFS= read -r -d '' BASH_EXECUTION_STRING <&3; exec 3<&-; SECONDS=0; eval \"$BASH_EXECUTION_STRING\"";
/** bash reads from a socket byte by byte: for longer ones a new shell is quicker. */
const LONGEST_TOLD = 4_096;

export class Shells {
  readonly #pipes: OutputPipes;
  #ahead: { readonly shell: Shell; readonly env: ShellOptions["env"] } | null = null;
  #count = 0;

  constructor(pipes: OutputPipes) {
    this.#pipes = pipes;
  }

  /** Throws RequestFailure `cannot_start`; what only shows later comes as the child's `error`. */
  run(options: ShellOptions): Shell {
    return this.#tell(options) ?? this.#start(options);
  }

  /** Starts the shell for the next command in this environment and /workspace. Its failure is that of the next start. */
  startAhead(env: ShellOptions["env"]): void {
    if (this.#ahead !== null) return;
    try {
      const shell = this.#start({ command: WAIT, cwd: WORKSPACE, env }, "pipe");
      shell.child.on("error", () => undefined);
      shell.child.stdio[3]?.on("error", () => undefined);
      this.#ahead = { shell, env };
    } catch {
      // No process to be had: the next command will say so.
    }
  }

  #tell({ command, cwd, env }: ShellOptions): Shell | null {
    const ahead = this.#ahead;
    const isSuited = ahead?.env === env && cwd === WORKSPACE && !command.includes("\0");
    if (!isSuited || Buffer.byteLength(command) > LONGEST_TOLD) return null;
    this.#ahead = null;
    const { child, readFd } = ahead.shell;
    if (!isWaiting(child)) {
      child.kill("SIGKILL");
      closeSync(readFd);
      return null;
    }
    (child.stdio[3] as Writable).end(`${command}\0`);
    return ahead.shell;
  }

  #start({ command, cwd, env }: ShellOptions, ...more: "pipe"[]): Shell {
    const number = (this.#count += 1);
    const mark = `${process.pid}.${number}`;
    const pipe = this.#pipes.open();
    try {
      const child = spawn("/bin/bash", ["-c", command], {
        cwd,
        env: { ...env, [COMMAND_MARK]: mark },
        stdio: ["ignore", pipe.writeFd, pipe.writeFd, ...more],
        detached: true,
      });
      preferAsVictim(child.pid);
      return { child, number, mark, readFd: pipe.readFd };
    } catch (error) {
      closeSync(pipe.readFd);
      throw new RequestFailure("cannot_start", error instanceof Error ? error.message : String(error));
    } finally {
      closeSync(pipe.writeFd);
    }
  }
}

/**
 * A command may have ended or stopped it, as it may whatever it sees; on a busy machine, one that was killed a moment ago is still
 * there, with the signal on its way or already on its own way out.
 */
function isWaiting({ pid, exitCode, signalCode }: ChildProcess): boolean {
  if (pid === undefined || exitCode !== null || signalCode !== null) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // proc_pid_stat(5), from the third field on: behind the name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, flags, pending] = [fields[0], Number(fields[6]), Number(fields[28])];
    return (state === "R" || state === "S") && (flags & ENDING) === 0 && (pending & SIGKILL_BIT) === 0;
  } catch {
    return false;
  }
}

/** PF_EXITING and PF_SIGNALED of the kernel. */
const ENDING = 0x404;
const SIGKILL_BIT = 0x100;

/** When memory runs out the kernel should take the command, not the process that reports it. */
function preferAsVictim(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Ended already.
  }
}
