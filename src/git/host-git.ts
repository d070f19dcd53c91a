import { spawn } from "node:child_process";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { GitRemote } from "./git-remote.ts";

export interface HostGitOptions {
  /** The repository; without it only commands that need none (`init`). */
  readonly gitDir?: string;
  /** A person's own working folder, for finding its repository; never an agent's. Default: an empty folder. */
  readonly cwd?: string;
  /** Allows its transport and gives it its token. Without it git can reach nothing. */
  readonly remote?: GitRemote;
  readonly input?: Uint8Array | string;
  /** Extra `-c` settings, after the hardening ones. */
  readonly settings?: readonly string[];
  /** Extra environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Default 60 s. */
  readonly timeoutMs?: number;
  /** Default 64 MB of stdout; more is an error. */
  readonly maxOutputBytes?: number;
}

export interface GitOutcome {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** Without the token. At most 64 KB. */
  readonly stderr: string;
}

/** Runs git on the host and throws GitError `git.failed` for an exit code other than 0. */
export async function hostGit(args: readonly string[], options: HostGitOptions = {}): Promise<Buffer> {
  const outcome = await tryHostGit(args, options);
  if (outcome.exitCode === 0) return outcome.stdout;
  throw new GitError("git.failed", `git ${args[0]} failed: ${outcome.stderr.trim().slice(0, 2000)}`, {
    mend: "See git's own words in the message.",
    fields: { command: args[0], exitCode: outcome.exitCode },
  });
}

/**
 * The only place where git is started on the host: no shell, no configuration of this machine's or a user's, no hook,
 * no filter, no helper, no prompt, no transport but the one that is asked for (docs/security.md, rows 15 and 16). It must never be given
 * a repository in which an agent could write. Throws GitError when git cannot run, takes too long or says too much.
 */
export async function tryHostGit(args: readonly string[], options: HostGitOptions = {}): Promise<GitOutcome> {
  const {
    gitDir,
    cwd,
    remote,
    input,
    signal,
    timeoutMs = 60_000,
    maxOutputBytes = 64 * 1024 * 1024,
  } = options;
  signal?.throwIfAborted();
  const settings = [...hardening, ...(options.settings ?? [])].flatMap((setting) => ["-c", setting]);
  const where = gitDir === undefined ? [] : [`--git-dir=${gitDir}`];
  const child = spawn("git", [...settings, ...where, ...args], {
    cwd: cwd ?? emptyFolder(),
    env: { ...environment, ...remote?.environment, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own: git's children (index-pack, remote-https) must go with it.
    detached: true,
  });
  let failure: Error | null = null;
  const stop = (error: Error) => {
    failure ??= error;
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const timer = setTimeout(() => stop(tooSlow(args, timeoutMs)), timeoutMs);
  const cancel = () => stop(asError(signal?.reason));
  signal?.addEventListener("abort", cancel, { once: true });
  const stdout: Buffer[] = [];
  let bytes = 0;
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxOutputBytes) stop(tooMuch(args, maxOutputBytes));
    else stdout.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < 64 * 1024) stderr += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", (error) => reject(notRunnable(error)));
      child.once("close", (code) => resolve(code ?? 128));
    });
    if (failure !== null) throw failure as Error;
    return { exitCode, stdout: Buffer.concat(stdout), stderr: remote?.redact(stderr) ?? stderr };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

const environment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin",
  LC_ALL: "C",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "/bin/false",
  GIT_SSH_COMMAND: "/bin/false",
  // A remote overrides it with the one transport it needs; no protocol has this name.
  GIT_ALLOW_PROTOCOL: "none",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_LFS_SKIP_SMUDGE: "1",
  GIT_OPTIONAL_LOCKS: "0",
};

const hardening: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.symlinks=false",
  "core.attributesFile=/dev/null",
  "safe.bareRepository=explicit",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=false",
  "transfer.fsckObjects=true",
  "transfer.bundleURI=false",
  "http.followRedirects=false",
  "credential.helper=",
  "gc.auto=0",
  "maintenance.auto=false",
  "commit.gpgSign=false",
  "core.quotePath=false",
];

/** Where git finds nothing: one folder for each user of this machine, in which nobody can write. */
function emptyFolder(): string {
  const mine = process.getuid?.() ?? 0;
  const path = join(tmpdir(), `handback-empty-${mine}`);
  mkdirSync(path, { recursive: true, mode: 0o500 });
  const facts = lstatSync(path);
  // Somebody else may have made it first, to put a .git there.
  if (facts.isDirectory() && facts.uid === mine && (facts.mode & 0o022) === 0) return path;
  throw new GitError("git.no_empty_folder", `${path} is not an empty folder of this user's own`, {
    mend: `Remove ${path}.`,
    fields: { path },
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Ended already.
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function tooSlow(args: readonly string[], timeoutMs: number): GitError {
  return new GitError("git.timeout", `git ${args[0]} took longer than ${timeoutMs / 1000} s`, {
    mend: "Try again; if it stays so, see whether the other side is reachable and how large the repository is.",
    fields: { command: args[0], timeoutMs },
  });
}

function tooMuch(args: readonly string[], maxOutputBytes: number): GitError {
  return new GitError("git.output_too_big", `git ${args[0]} said more than ${maxOutputBytes} bytes`, {
    mend: "The change is too large for Handback: ask for a smaller one.",
    fields: { command: args[0], maxOutputBytes },
  });
}

function notRunnable(cause: NodeJS.ErrnoException): GitError {
  return new GitError("git.not_runnable", `git cannot be started: ${cause.message}`, {
    mend: "Install git (bin/setup does).",
    cause,
  });
}
