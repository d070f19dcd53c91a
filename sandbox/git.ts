/** git inside the sandbox, at /workspace. */
import { spawn } from "node:child_process";
import { RequestFailure, WORKSPACE } from "./protocol.ts";
import { isFull } from "./workspace-disk.ts";

/** `endAt`: words on stderr after which there is nothing to wait for. */
export async function git(
  args: string[],
  env: Record<string, string>,
  options: { endAt?: string } = {},
): Promise<Buffer> {
  const { endAt } = options;
  const child = spawn("git", args, { cwd: WORKSPACE, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = endOf(child);
  if (endAt !== undefined) {
    child.stderr.on("data", (words: Buffer) => words.includes(endAt) && child.kill("SIGKILL"));
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of child.stdout) {
    length += (chunk as Buffer).length;
    // More than a megabyte of `git status` is as dirty as the first of it.
    if (length <= 1024 * 1024) chunks.push(chunk as Buffer);
  }
  const { code, stderr, missing } = await ended;
  if (missing) throw new RequestFailure("cannot_start", "there is no git in the image");
  if (code !== 0) throw gitFailure(`git ${args[0]}: ${stderr}`);
  return Buffer.concat(chunks);
}

/** Why git did not do its work: for want of a process or of room, or because it could not read the repository. */
export function gitFailure(words: string): RequestFailure {
  if (/\bEAGAIN\b|Resource temporarily unavailable/.test(words))
    return new RequestFailure("no_processes", words);
  return new RequestFailure(isFull() ? "no_space" : "workspace_broken", words);
}

/** Calls `take` with each NUL-ended line of what git says. */
export async function eachLine(
  args: string[],
  env: Record<string, string>,
  take: (line: string) => void,
): Promise<void> {
  const child = spawn("git", args, { cwd: WORKSPACE, env, stdio: ["ignore", "pipe", "ignore"] });
  let rest = "";
  for await (const chunk of child.stdout) {
    const lines = (rest + (chunk as Buffer).toString("latin1")).split("\0");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
}

export function endOf(
  child: ReturnType<typeof spawn>,
): Promise<{ code: number | null; stderr: string; missing: boolean }> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    if (stderr.length < 4000) stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      resolve({ code: null, stderr: error.message, missing: error.code === "ENOENT" });
    });
    child.once("close", (code) => resolve({ code, stderr: stderr.trim().slice(0, 4000), missing: false }));
  });
}
