/** What may be asked of the first process in a sandbox, and what it answers; frames.ts carries it. */

export const WORKSPACE = "/workspace";
/** Where the host's mirror of the repository is mounted, read-only. */
export const MIRROR = "/mirror";
/** Where the host's sockets are mounted: that of its proxy, and the one that takes the first process's connection. */
export const PROXY_SOCKET = "/run/handback/proxy.sock";
export const CHANNEL_SOCKET = "/run/handback/channel.sock";
/** Exit codes of the first process. */
export const EXIT_NONSENSE = 3;
export const EXIT_NO_CHANNEL = 4;
export const PROXY_PORT = 3128;
/** Where the output of commands is kept. */
export const OUTPUT_DIRECTORY = "/tmp/handback";
/** How much of a long output's beginning and end is shown. */
export const PREVIEW_BYTES = 2048;

export type SandboxRequest =
  /** The first: what every command finds in its environment. */
  | { readonly op: "hello"; readonly env: Readonly<Record<string, string>> }
  | {
      readonly op: "prepare";
      readonly commit: string;
      readonly branch: string | null;
      readonly author: { readonly name: string; readonly email: string };
    }
  | {
      readonly op: "exec";
      readonly command: string;
      readonly cwd: string;
      readonly timeoutMs: number | null;
      readonly env: Readonly<Record<string, string>>;
      /** Chosen by the host; with it the command can be peeked at, and is ended when it asks a person for input. */
      readonly job: number | null;
    }
  /** What a running command with this number has printed. */
  | { readonly op: "peek"; readonly job: number }
  /** Answered by chunks, then the result. */
  | { readonly op: "read"; readonly path: string; readonly maxBytes: number }
  /** Followed by chunks and the end of the body. */
  | { readonly op: "write"; readonly path: string }
  | { readonly op: "inspect"; readonly base: string }
  /** Answered by chunks, then the result. */
  | {
      readonly op: "bundle";
      readonly base: string;
      /** What this branch of the mirror has is left out. */
      readonly baseBranch: string | null;
      readonly maxBytes: number;
    };

/** What a command has printed. */
export interface Printed {
  /** Base64 of the first and the last bytes; `tail` is empty when `head` is all there was. */
  readonly head: string;
  readonly tail: string;
  readonly outputBytes: number;
  /** Smaller than `outputBytes` when the file reached its cap or the disk was full. */
  readonly keptBytes: number;
  readonly outputPath: string;
  /** Since its start. */
  readonly seconds: number;
}

export interface ExecAnswer extends Printed {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Whose doing the end was: the command's own, ours for one of three reasons, or the kernel's for want of memory. */
  readonly end: "exited" | "timeout" | "cancelled" | "asked_for_input" | "out_of_memory";
}

export interface PeekAnswer extends Printed {
  /** Since it printed last, or since its start. */
  readonly quietSeconds: number;
  /** From what it waits for input that cannot come, in words; null when it does not. */
  readonly waitsFor: string | null;
}

export interface InspectAnswer {
  readonly headSha: string;
  readonly commits: number;
  readonly dirty: boolean;
}

/** Codes of a failure frame. */
export type FailureCode =
  | "not_found"
  | "not_a_file"
  | "too_big"
  | "outside"
  | "no_space"
  | "checkout_too_big"
  | "denied"
  | "no_commits"
  | "workspace_broken"
  | "no_processes"
  | "cannot_start"
  | "invalid_request"
  | "internal";

export interface FailureAnswer {
  readonly code: FailureCode;
  readonly message: string;
  /** Of `checkout_too_big`: how large /workspace must at least be. */
  readonly needMb?: number | undefined;
}

/** Thrown by what carries a request out; becomes a failure frame. */
export class RequestFailure extends Error {
  readonly code: FailureCode;
  readonly needMb: number | undefined;
  constructor(code: FailureCode, message: string, needMb?: number) {
    super(message);
    this.name = "RequestFailure";
    this.code = code;
    this.needMb = needMb;
  }
}
