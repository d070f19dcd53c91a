import type { FailureKind, NetworkRule, RefusalRule } from "../run/network.ts";

/** Starts sandboxes. The one adapter is DockerSandboxes; throws SandboxError. */
export interface Sandboxes {
  start(spec: SandboxSpec): Promise<Sandbox>;
  /** Removes containers, volumes and sockets of runs for which `isAlive` says false; returns how many. */
  sweep(isAlive: (owner: { runId: string; epoch: number }) => Promise<boolean>): Promise<number>;
  /** Engine reachable, image there? Throws SandboxError with the mend. */
  check(image: string): Promise<{ engine: string }>;
}

export interface SandboxSpec {
  readonly runId: string;
  readonly epoch: number;
  /** Step name, for labels and names. */
  readonly purpose: string;
  readonly image: string;
  readonly limits: SandboxLimits;
  readonly checkout: {
    /** Absolute path of a bare repository on this host which has `commit`; mounted read-only, used by alternates. */
    readonly mirror: string;
    readonly commit: string;
    /** Local branch that HEAD is on in the sandbox; null for a detached checkout (reviewer). */
    readonly branch: string | null;
    /** Who commits inside. */
    readonly author: { readonly name: string; readonly email: string };
  };
  /** What the way out lets through besides the package registries. */
  readonly allow: readonly NetworkRule[];
  readonly signal?: AbortSignal;
}

export interface SandboxLimits {
  readonly memoryMb: number;
  readonly cpus: number;
  readonly pids: number;
  readonly diskMb: number;
  /** Wall clock of the whole sandbox; then it is killed and calls reject with SandboxError `sandbox.time_over`. */
  readonly minutes: number;
}

/** The repository is at /workspace. After `await using`, nothing of it is left. */
export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  /** `bash -c command` in its own process group. Never throws for what the command does. */
  exec(
    command: string,
    options?: { cwd?: string; timeoutMs?: number; signal?: AbortSignal; env?: Record<string, string> },
  ): Promise<ExecResult>;
  /**
   * Starts `bash -c command` as `exec` does, and resolves to its number. It runs until it ends, asks for input, is
   * stopped, or the sandbox ends. The number is good until `wait` or `stop` has told the end; then they throw RangeError.
   */
  start(command: string, options?: { cwd?: string; env?: Record<string, string> }): Promise<number>;
  /** How the command of this number stands, as soon as it ended, at the latest after `timeoutMs` or an abort. */
  wait(number: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CommandState>;
  /** Kills the command and all that it started, unless it has ended; how it ended. */
  stop(number: number): Promise<EndedCommand>;
  /** Path absolute or relative to /workspace. Throws SandboxFileError. */
  readFile(path: string, options?: { maxBytes?: number }): Promise<Uint8Array>;
  writeFile(path: string, content: string | Uint8Array): Promise<void>;
  /** What commits and tree the agent left. */
  inspectWork(base: string): Promise<WorkState>;
  /**
   * A git bundle of base..HEAD as bytes, which may lack what `baseBranch` of the mirror has; throws SandboxError
   * `sandbox.result_too_big` beyond maxBytes.
   */
  bundle(options: {
    base: string;
    baseBranch?: string;
    maxBytes: number;
    signal?: AbortSignal;
  }): Promise<Uint8Array>;
  /** What was asked of the way out so far; beyond the first thousands, sums by host. */
  requests(): readonly EgressRequest[];
}

export interface ExecResult extends CommandOutput {
  /** null when it was killed; then `reason` says why. */
  readonly exitCode: number | null;
  readonly reason: "exited" | "timeout" | "out_of_memory" | "killed" | "cancelled";
}

export type CommandState = RunningCommand | EndedCommand;

export interface RunningCommand extends CommandOutput {
  readonly status: "running";
  /** Since it printed last, or since its start. */
  readonly quietSeconds: number;
  /** From what it waits for input that cannot come, in words; null when it does not, as far as that can be seen. */
  readonly waitsFor: string | null;
}

export interface EndedCommand extends CommandOutput {
  readonly status: "ended";
  /** null when it was killed; then `reason` says why. */
  readonly exitCode: number | null;
  /** `asked_for_input`: it printed a question and waited for an answer, so that it was killed. */
  readonly reason: "exited" | "stopped" | "asked_for_input" | "out_of_memory" | "killed";
}

export interface CommandOutput {
  /** stdout and stderr as they came; head and tail when longer than 2 KB each, with a line between that names `outputPath`. */
  readonly preview: string;
  readonly outputBytes: number;
  /** File inside the sandbox with the whole output. */
  readonly outputPath: string;
  /** Since its start. */
  readonly seconds: number;
}

export interface WorkState {
  readonly headSha: string;
  readonly commits: number;
  /** Uncommitted or untracked (not ignored) files. */
  readonly dirty: boolean;
}

export interface EgressRequest {
  readonly at: string;
  /** CONNECT where no more was asked than a connection. */
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** With the query; its beginning where it is long. */
  readonly path: string;
  /** What the client was answered; null where there was no answer. */
  readonly status: number | null;
  /** Of the answer's body, and of the request's. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** null: it was let through. */
  readonly refusedBy: RefusalRule | null;
  /** null: the host answered, or it was refused. */
  readonly failed: FailureKind | null;
  /** More than 1: so many requests to this host in one sum. */
  readonly times: number;
}
