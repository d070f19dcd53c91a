/** Git inside the sandbox: brings the repository in and tells what the agent made of it. */
import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, writeFileSync } from "node:fs";
import { MIRROR, RequestFailure, WORKSPACE, type InspectAnswer } from "./protocol.ts";

/** A repository at /workspace whose objects come from the mirror; HEAD on `branch` at `commit`, or detached. */
export async function prepareWorkspace(options: {
  commit: string;
  branch: string | null;
  author: { name: string; email: string };
  env: Record<string, string>;
}): Promise<void> {
  const { commit, branch, author, env } = options;
  const format = commit.length === 64 ? "sha256" : "sha1";
  const first = branch ?? "handback-detached";
  await git(["init", "-q", "--template=", `--object-format=${format}`, "-b", first, "."], env);
  writeFileSync(`${WORKSPACE}/.git/objects/info/alternates`, `${MIRROR}/objects\n`);
  if (existsSync(`${MIRROR}/shallow`)) copyFileSync(`${MIRROR}/shallow`, `${WORKSPACE}/.git/shallow`);
  appendFileSync(
    `${WORKSPACE}/.git/config`,
    `[core]\n\thooksPath = /dev/null\n[user]\n\tname = ${quoted(author.name)}\n\temail = ${quoted(author.email)}\n`,
  );
  if (branch === null) await git(["checkout", "-q", "--detach", commit, "--"], env);
  else await git(["reset", "-q", "--hard", commit, "--"], env);
}

export async function inspectWorkspace(options: {
  base: string;
  env: Record<string, string>;
}): Promise<InspectAnswer> {
  const [head, count, status] = await Promise.all([
    git(["rev-parse", "--verify", "-q", "HEAD^{commit}"], options.env),
    git(["rev-list", "--count", `${options.base}..HEAD`, "--"], options.env),
    git(["status", "--porcelain", "-z", "--untracked-files=normal"], options.env),
  ]);
  return { headSha: head.toString().trim(), commits: Number(count.toString()), dirty: status.length > 0 };
}

/** Bytes of a bundle of base..HEAD go to `write`, which waits until there is room. Resolves to their number. */
export async function bundleWork(options: {
  base: string;
  maxBytes: number;
  env: Record<string, string>;
  signal: AbortSignal;
  write: (chunk: Buffer) => Promise<void>;
}): Promise<number> {
  const { base, maxBytes, env, signal, write } = options;
  const count = await git(["rev-list", "--count", `${base}..HEAD`, "--"], env);
  if (Number(count.toString()) === 0)
    throw new RequestFailure("no_commits", "there is no commit after the base");
  const child = spawn("git", ["bundle", "create", "-q", "-", "HEAD", `^${base}`], {
    cwd: WORKSPACE,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = endOf(child);
  const cancel = () => child.kill("SIGKILL");
  signal.addEventListener("abort", cancel, { once: true });
  let bytes = 0;
  try {
    for await (const chunk of child.stdout) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes)
        throw new RequestFailure("too_big", `the bundle is larger than ${maxBytes} bytes`);
      await write(chunk as Buffer);
    }
    const { code, stderr } = await ended;
    if (code !== 0) throw new RequestFailure("workspace_broken", stderr);
    return bytes;
  } finally {
    signal.removeEventListener("abort", cancel);
    child.kill("SIGKILL");
  }
}

async function git(args: string[], env: Record<string, string>): Promise<Buffer> {
  const child = spawn("git", args, { cwd: WORKSPACE, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = endOf(child);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of child.stdout) {
    length += (chunk as Buffer).length;
    // More than a megabyte of `git status` is as dirty as the first of it.
    if (length <= 1024 * 1024) chunks.push(chunk as Buffer);
  }
  const { code, stderr, missing } = await ended;
  if (missing) throw new RequestFailure("cannot_start", "there is no git in the image");
  if (code !== 0) throw new RequestFailure("workspace_broken", `git ${args[0]}: ${stderr}`);
  return Buffer.concat(chunks);
}

function endOf(
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

/** As git's configuration files quote a value. */
function quoted(value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
