import { createHash } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { GitRemote } from "./git-remote.ts";
import { httpRemote } from "./git-remote.ts";
import { hostGit, tryHostGit } from "./host-git.ts";
import { withLockFile } from "./lock-file.ts";
import { remoteFailure } from "./remote-failure.ts";

const FETCH_TIMEOUT_MS = 15 * 60_000;

/** Faults of old histories that harm nobody and that GitHub itself lets be; all others still refuse the fetch. */
const HARMLESS = [
  "zeroPaddedFilemode",
  "badTimezone",
  "missingSpaceBeforeDate",
  "missingSpaceBeforeEmail",
  "missingEmail",
];

/** A bare copy of a repository on this host, which sandboxes read and nobody but Handback writes. */
export interface Mirror {
  /** Absolute path of the bare repository. */
  readonly path: string;
  /** The full name of the commit that `rev` (a sha, `refs/heads/main`, `main`) means; null when there is none. */
  resolve(rev: string): Promise<string | null>;
  hasCommit(sha: string): Promise<boolean>;
  /** A repository in which nothing was committed yet. */
  isEmpty(): Promise<boolean>;
}

/**
 * Brings the mirror of `url` under `directory` up to date: all branches, and `refs` (such as `refs/pull/7/head`) under
 * their own names. Throws GitError (`git.unauthorized`, `git.repository_not_found`, `git.unreachable`, …).
 */
export async function ensureMirror(options: {
  /** Parent of all mirrors. */
  directory: string;
  url: string;
  token: string | null;
  refs?: readonly string[];
  signal?: AbortSignal;
}): Promise<Mirror> {
  const { directory, url, token, refs = [], signal } = options;
  return fetchMirror({
    path: join(directory, `${mirrorName(url)}.git`),
    remote: httpRemote({ url, token }),
    refspecs: ["+refs/heads/*:refs/heads/*", ...refs.map((ref) => `+${ref}:${ref}`)],
    signal,
  });
}

/** Fetches into the bare repository at `path`, which is made when it is not there. */
export async function fetchMirror(options: {
  path: string;
  remote: GitRemote;
  refspecs: readonly string[];
  signal: AbortSignal | undefined;
}): Promise<Mirror> {
  const { path, remote, refspecs, signal } = options;
  await mkdir(join(path, ".."), { recursive: true });
  await withLockFile({ path: `${path}.lock`, signal }, async () => {
    await ensureBareRepository(path);
    const args = [
      "fetch",
      "--quiet",
      "--no-tags",
      "--prune",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
    ];
    const fetched = await tryHostGit(
      [...args, "--no-recurse-submodules", "--end-of-options", remote.url, ...refspecs],
      {
        gitDir: path,
        remote,
        settings: HARMLESS.map((fault) => `fetch.fsck.${fault}=ignore`),
        signal,
        timeoutMs: FETCH_TIMEOUT_MS,
      },
    );
    if (fetched.exitCode !== 0) {
      throw remoteFailure({ doing: "fetching the repository", url: remote.url, stderr: fetched.stderr });
    }
  });
  return openMirror(path);
}

/** A mirror that is there already, as it is. */
export function openMirror(path: string): Mirror {
  const resolve = async (rev: string) => {
    const found = await tryHostGit(
      ["rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`],
      {
        gitDir: path,
      },
    );
    return found.exitCode === 0 ? found.stdout.toString().trim() : null;
  };
  return {
    path,
    resolve,
    hasCommit: async (sha) => (await resolve(sha)) === sha,
    isEmpty: async () => (await hostGit(["for-each-ref", "--count=1"], { gitDir: path })).length === 0,
  };
}

/** Under a working name first: a half-made repository must not be taken for one. */
async function ensureBareRepository(path: string): Promise<void> {
  if (await stat(join(path, "HEAD")).catch(() => null)) return;
  const draft = `${path}.new-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  // Readable by the sandbox's user whatever the umask of this process.
  await hostGit([
    "init",
    "--quiet",
    "--bare",
    "--template=",
    "--shared=0644",
    "--initial-branch=main",
    draft,
  ]);
  await rm(path, { recursive: true, force: true });
  await rename(draft, path);
}

/** Legible, and one for each address. */
function mirrorName(url: string): string {
  const { host, pathname } = new URL(url);
  const legible = `${host}${pathname}`
    .replace(/\.git$/, "")
    .replaceAll(/[^a-zA-Z0-9.-]+/g, "_")
    .slice(0, 100);
  return `${legible}-${createHash("sha256")
    .update(url.replace(/\.git$/, ""))
    .digest("hex")
    .slice(0, 12)}`;
}
