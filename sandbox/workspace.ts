/** Tells what the agent made of the repository. */
import { spawn } from "node:child_process";
import { endOf, git, gitFailure } from "./git.ts";
import { MIRROR, RequestFailure, WORKSPACE, type InspectAnswer } from "./protocol.ts";

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

/**
 * Bytes of a bundle of base..HEAD, without what the mirror's `baseBranch` has, go to `write`, which waits until there is room.
 * Resolves to their number.
 */
export async function bundleWork(options: {
  base: string;
  baseBranch: string | null;
  maxBytes: number;
  env: Record<string, string>;
  signal: AbortSignal;
  write: (chunk: Buffer) => Promise<void>;
}): Promise<number> {
  const { base, baseBranch, maxBytes, env, signal, write } = options;
  const sinceBase = ["HEAD", `^${base}`];
  if ((await countOf(sinceBase, env)) === 0)
    throw new RequestFailure("no_commits", "there is no commit after the base");
  const revisions = baseBranch === null ? sinceBase : await withoutBranch(baseBranch, sinceBase, env);
  const child = spawn("git", ["bundle", "create", "-q", "-", ...revisions], {
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
    if (code !== 0) throw gitFailure(stderr);
    return bytes;
  } finally {
    signal.removeEventListener("abort", cancel);
    child.kill("SIGKILL");
  }
}

/** The host has what its mirror's branch has. A mirror without this branch leaves nothing out. */
async function withoutBranch(
  branch: string,
  revisions: string[],
  env: Record<string, string>,
): Promise<string[]> {
  const find = ["--git-dir", MIRROR, "rev-parse", "-q", "--verify", `refs/heads/${branch}^{commit}`];
  const newest = await git(find, env).catch(() => null);
  if (newest === null) return revisions;
  const without = [...revisions, `^${newest.toString().trim()}`];
  // A bundle has to have a commit: where the branch has all of them, the last alone.
  return (await countOf(without, env)) > 0 ? without : ["HEAD", "^HEAD^@"];
}

async function countOf(revisions: string[], env: Record<string, string>): Promise<number> {
  return Number((await git(["rev-list", "--count", ...revisions, "--"], env)).toString());
}
