import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HostSecrets } from "../host-secrets.ts";
import { findBaseMerge, ownChanges, type BaseMerge } from "./base-merge.ts";
import { readBundle } from "./bundle-file.ts";
import { hostGit, tryHostGit } from "./host-git.ts";
import { withDependencies, type ChangeWithDependencies } from "./dependency-changes.ts";
import { enforceRules, refuseOutdated } from "./quarantine-rules.ts";
import { refused } from "./refused.ts";
import { scanChanges } from "./scan-changes.ts";
import { changesOfCommits, diffBetween } from "./tree-changes.ts";

const MAX_COMMITS = 1000;

export interface AdmitOptions {
  readonly bundle: Uint8Array;
  /** Bare repository with `base`; its objects are shared, not copied. */
  readonly mirror: string;
  /** The commit that the sandbox began with. */
  readonly base: string;
  /** The mirror's branch which the change is for. What a merge of it brings is let through as it is there. */
  readonly baseBranch?: string;
  /** Parent of quarantines; one is made in it, which the caller removes when it is done (`dispose`). */
  readonly directory: string;
  readonly limits: { readonly maxBytes: number; readonly maxFileBytes: number; readonly maxFiles: number };
  /** Paths that may not be changed, besides `.github/**` and CODEOWNERS. Rules as in .gitignore. */
  readonly deny: readonly string[];
  /** Paths that may be changed although they are denied; of `neverPermitted` none. */
  readonly permit?: readonly string[];
  /** Files that may hold what looks like a secret: examples, fixtures. Never one of `hostSecrets`. */
  readonly allowSecrets?: readonly string[];
  /** Binary files that may be large. */
  readonly binaries?: readonly string[];
  /** The host's own, in no form to be in a commit. Filled in by the composition root. */
  readonly hostSecrets?: HostSecrets;
  /** Who owns the repository: in messages, `@owner/…` would name a team of theirs. */
  readonly owner?: string;
  /** Whether every commit must be by the coder, so that none is in a person's name. */
  readonly onlyByCoder?: boolean;
  readonly signal?: AbortSignal;
}

/** Commits that came out of a sandbox and are fit to be pushed. */
export interface Admitted extends AsyncDisposable {
  readonly gitDir: string;
  readonly headSha: string;
  /** Oldest first; none of the base branch. */
  readonly commits: readonly { readonly sha: string; readonly subject: string }[];
  /** base..head as one change, without what came with the base branch. */
  readonly changes: readonly ChangeWithDependencies[];
  diff(): Promise<string>;
}

/**
 * Takes a bundle into a bare repository that only the host writes, and lets it stay there only if every object is sound
 * and every commit keeps the rules. Throws GitError `quarantine.<rule>`: bundle_too_big, bundle_malformed, objects,
 * wrong_base, too_many_commits, too_many_files, denied_path, submodule, symlink, git_folder, path, file_kind, file_too_big,
 * commit_message, commit_author, change_too_big, binary_too_big, secret.
 */
export async function admitBundle(options: AdmitOptions): Promise<Admitted> {
  const { base, limits, signal } = options;
  if (options.bundle.byteLength > limits.maxBytes) {
    throw refused("bundle_too_big", `the commits come to more than ${limits.maxBytes} bytes`, {
      mend: "Leave large or generated files out of the commits (see .gitignore).",
    });
  }
  const { headSha, pack } = readBundle(options.bundle);
  const gitDir = join(options.directory, `quarantine-${randomBytes(8).toString("hex")}.git`);
  try {
    await makeQuarantine({ gitDir, mirror: options.mirror, base, signal });
    await indexPack({ gitDir, pack, limits, signal });
    const work = { gitDir, base, headSha, signal };
    await requireDescent(work);
    const branch = options.baseBranch;
    const merge =
      branch === undefined ? null : await findBaseMerge({ ...work, mirror: options.mirror, branch });
    const commits = await commitsOf({ ...work, merge });
    const each = await changesOfCommits({ gitDir, commits: commits.map((commit) => commit.sha), signal });
    requireFewFiles(new Set(each.map((change) => change.path)).size, limits.maxFiles);
    const rules = {
      maxFileBytes: limits.maxFileBytes,
      deny: options.deny,
      permit: options.permit ?? [],
      hasMerge: merge !== null,
    };
    await enforceRules({ gitDir, changes: each, rules, signal });
    const { changes, undone, outdated } = await ownChanges({ ...work, merge });
    await enforceRules({ gitDir, changes: [...changes, ...undone], rules, signal });
    refuseOutdated(outdated, rules);
    await scanChanges({
      gitDir,
      bases: merge === null ? [base] : [base, merge.tip],
      commits: commits.map((commit) => commit.sha),
      changes: [...each, ...changes, ...undone],
      rules: {
        maxTotalBytes: limits.maxBytes,
        hostSecrets: options.hostSecrets ?? new HostSecrets(),
        onlyByCoder: options.onlyByCoder ?? false,
        owner: options.owner,
        allowSecrets: options.allowSecrets ?? [],
        binaries: options.binaries ?? [],
      },
      signal,
    });
    await hostGit(["update-ref", "refs/handback/admitted", headSha], { gitDir, signal });
    return {
      gitDir,
      headSha,
      commits,
      changes: await withDependencies({ gitDir, base, head: headSha, changes, signal }),
      diff: () => diffBetween({ gitDir, base, head: headSha }),
      [Symbol.asyncDispose]: () => rm(gitDir, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(gitDir, { recursive: true, force: true });
    throw error;
  }
}

type InQuarantine = { gitDir: string; base: string; headSha: string; signal: AbortSignal | undefined };

async function makeQuarantine(options: {
  gitDir: string;
  mirror: string;
  base: string;
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { gitDir, mirror, base, signal } = options;
  await mkdir(join(gitDir, ".."), { recursive: true });
  const format = base.length === 64 ? "sha256" : "sha1";
  await hostGit(["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, gitDir], {
    signal,
  });
  await mkdir(join(gitDir, "objects", "info"), { recursive: true });
  await writeFile(join(gitDir, "objects", "info", "alternates"), `${join(mirror, "objects")}\n`);
  const found = await tryHostGit(["cat-file", "-e", `${base}^{commit}`], { gitDir, signal });
  if (found.exitCode !== 0) {
    throw refused("wrong_base", `the mirror does not have the commit ${base}`, {
      mend: "Start the run again.",
    });
  }
}

/** `--strict` checks every object of the pack as fsck does, and refuses what fsck only warns of. */
async function indexPack(options: {
  gitDir: string;
  pack: Uint8Array;
  limits: AdmitOptions["limits"];
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { gitDir, pack, limits, signal } = options;
  const indexed = await tryHostGit(
    ["index-pack", "--strict", "--fix-thin", "--stdin", "--threads=1", `--max-input-size=${limits.maxBytes}`],
    {
      gitDir,
      input: pack,
      // A small pack can unfold into objects of any size: git gives up instead of taking the memory.
      settings: ["core.bigFileThreshold=16m", "core.packedGitWindowSize=16m"],
      env: { GIT_ALLOC_LIMIT: String(Math.max(4 * limits.maxFileBytes, 256 * 1024 * 1024)) },
      signal,
      timeoutMs: 120_000,
    },
  );
  if (indexed.exitCode === 0) return;
  throw refused("objects", `git refuses the objects: ${lastLine(indexed.stderr)}`, {
    mend: "Start the run again; the agent made objects which a sound git does not make, or far too large ones.",
    fields: { stderr: indexed.stderr.slice(-2000) },
  });
}

async function requireDescent({ gitDir, base, headSha, signal }: InQuarantine): Promise<void> {
  const complete = await tryHostGit(["rev-list", "--objects", "--quiet", headSha, "--not", base], {
    gitDir,
    signal,
  });
  if (complete.exitCode !== 0) {
    throw refused("objects", `parts of the commits are missing: ${lastLine(complete.stderr)}`, {
      mend: "Start the run again.",
    });
  }
  const descends = await tryHostGit(["merge-base", "--is-ancestor", base, headSha], { gitDir, signal });
  if (descends.exitCode !== 0) {
    throw refused("wrong_base", "the commits do not build on the commit that the agent was given", {
      mend: "Start the run again; the agent rewrote history.",
      fields: { base, headSha },
    });
  }
}

async function commitsOf({
  gitDir,
  base,
  headSha,
  merge,
  signal,
}: InQuarantine & { merge: BaseMerge | null }): Promise<Admitted["commits"]> {
  const log = await hostGit(
    [
      "log",
      "-z",
      "--reverse",
      "--topo-order",
      "--format=%H %s",
      `--max-count=${MAX_COMMITS + 1}`,
      `${base}..${headSha}`,
      ...(merge === null ? [] : [`^${merge.tip}`]),
    ],
    { gitDir, signal, settings: ["log.showSignature=false", "i18n.logOutputEncoding=UTF-8"] },
  );
  const commits = log
    .toString()
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => ({ sha: line.slice(0, line.indexOf(" ")), subject: line.slice(line.indexOf(" ") + 1) }));
  if (commits.length <= MAX_COMMITS) return commits;
  throw refused("too_many_commits", `there are more than ${MAX_COMMITS} commits`, {
    mend: "Ask for a smaller change.",
  });
}

function requireFewFiles(files: number, maxFiles: number): void {
  if (files <= maxFiles) return;
  throw refused("too_many_files", `${files} files are changed, more than ${maxFiles}`, {
    mend: "See whether installed or generated files were committed (see .gitignore), or ask for a smaller change.",
    fields: { files, maxFiles },
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 500) ?? "";
}
