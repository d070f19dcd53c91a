import type { DiffFile, GitCommit } from "./git/diff-file.ts";
import type { Pull, Repository } from "./state/model.ts";
import type { LocalGitHubState } from "./state/local-github-state.ts";

/** What can be read from the bare repositories. Results for full object names are cached. */
export type GitReader = {
  /** Files of the three-dot diff, which is what a pull request shows. */
  filesOfPull(pull: Pull): Promise<DiffFile[]>;
  /** Oldest first. */
  commitsOfPull(pull: Pull): Promise<GitCommit[]>;
  branches(repository: Repository): Promise<{ name: string; sha: string }[]>;
  /** Newest first, at most `limit` (100). */
  commits(repository: Repository, ref: string, limit?: number): Promise<GitCommit[]>;
  commit(repository: Repository, ref: string): Promise<GitCommit | undefined>;
  /** The files that a commit changed against its first parent. */
  filesOfCommit(repository: Repository, sha: string): Promise<DiffFile[]>;
  /** Undefined when the ref or the path is not there, or the path is a folder. */
  file(repository: Repository, ref: string, path: string): Promise<Buffer | undefined>;
  /** Undefined when the ref or the folder is not there; the root is "". */
  folder(
    repository: Repository,
    ref: string,
    path: string,
  ): Promise<{ name: string; type: "blob" | "tree" | "commit"; mode: string; sha: string }[] | undefined>;
};

/**
 * Answers every GET outside /api/ and outside git: HTML for people. It is given a snapshot-free view: the live
 * state. Return undefined for "no such page"; the server then answers 404.
 */
export type LocalGitHubPages = (
  request: Request,
  context: { state: LocalGitHubState; git: GitReader; url: string; now: () => Date },
) => Promise<Response | undefined>;
