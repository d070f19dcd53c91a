/** Git inside the sandbox: brings the repository in and tells what the agent made of it. */
import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, statfsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
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
  const checkout =
    branch === null ? ["checkout", "-q", "--detach", commit, "--"] : ["reset", "-q", "--hard", commit, "--"];
  try {
    // git goes on after the first file for which there is no room, for as long as it would take to write them all.
    await git(checkout, env, { endAt: "unable to " });
  } catch (error) {
    throw (await noRoomFor(commit, env)) ?? error;
  }
}

/** Kilobytes and inodes: less left than this is as good as none. */
const AS_GOOD_AS_FULL = 256;
const PAGE_BYTES = 4096;

/** Why the checkout of a commit did not fit; null when there is still room. */
async function noRoomFor(commit: string, env: Record<string, string>): Promise<RequestFailure | null> {
  const disk = statfsSync(WORKSPACE);
  const isFull = (disk.bavail * disk.bsize) / 1024 < AS_GOOD_AS_FULL;
  if (!isFull && disk.ffree >= AS_GOOD_AS_FULL) return null;
  let files = 0;
  let bytes = 0;
  const folders = new Set<string>();
  await eachLine(["ls-tree", "-r", "-z", "--long", commit, "--"], env, (line) => {
    const [, size = "", path = ""] = /^\S+ \S+ \S+ +(\S+)\t(.*)$/s.exec(line) ?? [];
    files += 1;
    // A file takes whole pages of memory.
    bytes += Math.ceil((Number(size) || 0) / PAGE_BYTES) * PAGE_BYTES;
    folders.add(dirname(path));
  });
  const needMb = Math.ceil(bytes / 1024 / 1024);
  const haveMb = Math.floor((disk.blocks * disk.bsize) / 1024 / 1024);
  const message = isFull
    ? `its ${files} files take ${needMb} MB, and the workspace has ${haveMb} MB`
    : `it has ${files} files in ${folders.size} folders, and the workspace has room for ${disk.files}`;
  return new RequestFailure("checkout_too_big", message, Math.max(needMb, Math.ceil(files / 512)));
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

/** `endAt`: words on stderr after which there is nothing to wait for. */
async function git(
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
  if (code !== 0) throw new RequestFailure("workspace_broken", `git ${args[0]}: ${stderr}`);
  return Buffer.concat(chunks);
}

/** Calls `take` with each NUL-ended line of what git says. */
async function eachLine(
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
