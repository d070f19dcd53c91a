import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { GitError } from "../errors.ts";
import { folderRemote } from "./git-remote.ts";
import { tryHostGit } from "./host-git.ts";
import { fetchMirror, type Mirror } from "./mirror.ts";

export interface LocalMirror extends Mirror {
  /** HEAD of the person's folder; null in a repository without commits. */
  readonly headSha: string | null;
  /** The branch that the folder is on; null when detached. */
  readonly headBranch: string | null;
}

/**
 * For `handback run`: a mirror of a person's repository on this machine, which may be a linked worktree and dirty.
 * Nothing is written there. Throws GitError `git.not_a_repository`, `git.shallow`, `git.other_owner`.
 */
export async function ensureLocalMirror(options: {
  /** Parent of all mirrors. */
  directory: string;
  /** The person's folder, or one inside it. */
  source: string;
  signal?: AbortSignal;
}): Promise<LocalMirror> {
  const { directory, signal } = options;
  const source = await realpath(options.source).catch(() => options.source);
  const facts = await findRepository(source, signal);
  const headSha = await revisionOf(source, signal);
  const name = `local_${basename(facts.top)
    .replaceAll(/[^a-zA-Z0-9.-]+/g, "_")
    .slice(0, 60)}`;
  const mirror = await fetchMirror({
    path: join(directory, `${name}-${createHash("sha256").update(facts.top).digest("hex").slice(0, 12)}.git`),
    remote: folderRemote(facts.top),
    refspecs: ["+refs/heads/*:refs/heads/*", ...(headSha === null ? [] : ["+HEAD:refs/handback/head"])],
    signal,
  });
  return { ...mirror, headSha, headBranch: facts.branch };
}

/** Looks without writing. Throws as `ensureLocalMirror` does. */
export async function findRepository(
  source: string,
  signal?: AbortSignal,
): Promise<{ top: string; branch: string | null }> {
  const found = await tryHostGit(["rev-parse", "--show-toplevel", "--is-shallow-repository"], {
    cwd: source,
    signal,
  }).catch((error: unknown) => {
    // The folder itself is missing: starting git there fails.
    throw notARepository(source, error);
  });
  if (found.exitCode !== 0) {
    if (found.stderr.includes("dubious ownership")) {
      throw new GitError("git.other_owner", `${source} belongs to another user of this machine.`, {
        mend: "Run Handback as the user who owns the repository.",
        fields: { source },
      });
    }
    throw notARepository(source, found.stderr);
  }
  const [top = "", shallow] = found.stdout.toString().split("\n");
  if (shallow === "true") {
    throw new GitError("git.shallow", `${source} is a shallow clone: parts of its history are missing.`, {
      mend: "Run `git fetch --unshallow` there first.",
      fields: { source },
    });
  }
  const branch = await tryHostGit(["symbolic-ref", "--quiet", "--short", "HEAD"], { cwd: source, signal });
  return { top, branch: branch.exitCode === 0 ? branch.stdout.toString().trim() : null };
}

async function revisionOf(source: string, signal: AbortSignal | undefined): Promise<string | null> {
  const head = await tryHostGit(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    cwd: source,
    signal,
  });
  return head.exitCode === 0 ? head.stdout.toString().trim() : null;
}

function notARepository(source: string, cause: unknown): GitError {
  return new GitError("git.not_a_repository", `${source} is not in a git repository.`, {
    mend: "Give the folder of a git repository with --repo.",
    fields: { source },
    cause,
  });
}
