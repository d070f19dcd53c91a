import { spawn } from "node:child_process";

/** A git command that exited with something else than the caller allowed. */
export class LocalGitError extends Error {
  override readonly name = "LocalGitError";
  readonly args: string[];
  readonly exitCode: number;
  readonly stderr: string;

  constructor(failure: { args: string[]; exitCode: number; stderr: string }) {
    super(
      `git ${failure.args.slice(0, 3).join(" ")} exited with ${failure.exitCode}: ${failure.stderr.trim()}`,
    );
    this.args = failure.args;
    this.exitCode = failure.exitCode;
    this.stderr = failure.stderr;
  }
}

export type GitOptions = {
  input?: string | Buffer;
  env?: Record<string, string>;
  /** Exit codes that are answers rather than failures; 0 is always one. */
  allow?: number[];
};

export type GitResult = { stdout: Buffer; exitCode: number };

/** No configuration of the machine or of the person who runs it has a say in what the local GitHub answers. */
export const gitEnvironment: Record<string, string> = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C.UTF-8",
};

/** Runs git in a bare repository. */
export async function git(
  gitDirectory: string,
  args: string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const all = ["--git-dir", gitDirectory, "-c", "core.quotePath=false", ...args];
  const child = spawn("git", all, {
    env: { ...gitEnvironment, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command that ends without reading its input closes the pipe; its exit code tells the story.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  if (exitCode !== 0 && !options.allow?.includes(exitCode)) {
    throw new LocalGitError({ args, exitCode, stderr: Buffer.concat(stderr).toString() });
  }
  return { stdout: Buffer.concat(stdout), exitCode };
}

/** Standard output as text, without the final newline. */
export async function gitText(gitDirectory: string, args: string[], options?: GitOptions): Promise<string> {
  return (await git(gitDirectory, args, options)).stdout.toString().replace(/\n$/, "");
}

/** The full object name, or undefined when there is no such revision. */
export async function resolveRevision(
  gitDirectory: string,
  revision: string,
  type: "commit" | "tree" | "blob" | "object" = "commit",
): Promise<string | undefined> {
  if (revision.startsWith("-")) return undefined;
  const { stdout, exitCode } = await git(
    gitDirectory,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{${type}}`],
    { allow: [1, 128] },
  );
  return exitCode === 0 ? stdout.toString().trim().split("\n").at(-1) : undefined;
}
