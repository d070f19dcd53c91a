import type { DiffFile, GitCommit } from "../git/diff-file.ts";
import type { Repository, User } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { nodeId } from "./node-id.ts";
import { repositoryUrl } from "./repository-payload.ts";
import { isoTime } from "./time.ts";
import { userOrNull } from "./user-payload.ts";

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

/** A commit as the repository's history shows it; `files` makes it the detailed one. */
export function commitPayload(
  world: World,
  repository: Repository,
  { commit, files }: { commit: GitCommit; files?: DiffFile[] },
): JsonObject {
  const url = `${repositoryUrl(world, repository)}/commits/${commit.sha}`;
  const additions = files?.reduce((sum, file) => sum + file.additions, 0) ?? 0;
  const deletions = files?.reduce((sum, file) => sum + file.deletions, 0) ?? 0;
  return {
    sha: commit.sha,
    node_id: nodeId("commit", commit.sha),
    commit: {
      author: personPayload(commit.author),
      committer: personPayload(commit.committer),
      message: commit.message,
      tree: treeLink(world, repository, commit.treeSha),
      url: gitCommitUrl(world, repository, commit.sha),
      comment_count: 0,
      verification: unsigned,
    },
    url,
    html_url: commitPage(world, repository, commit.sha),
    comments_url: `${url}/comments`,
    author: userOrNull(world, userByEmail(world, commit.author.email)),
    committer: userOrNull(world, userByEmail(world, commit.committer.email)),
    parents: parentLinks(world, repository, commit),
    ...(files && {
      stats: { additions, deletions, total: additions + deletions },
      files: files.map((file) => diffFilePayload(world, repository, { file, sha: commit.sha })),
    }),
  };
}

/** A commit as the git database shows it. */
export function gitCommitPayload(world: World, repository: Repository, commit: GitCommit): JsonObject {
  return {
    sha: commit.sha,
    node_id: nodeId("commit", commit.sha),
    url: gitCommitUrl(world, repository, commit.sha),
    html_url: commitPage(world, repository, commit.sha),
    author: personPayload(commit.author),
    committer: personPayload(commit.committer),
    tree: treeLink(world, repository, commit.treeSha),
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: gitCommitUrl(world, repository, sha),
      html_url: commitPage(world, repository, sha),
    })),
    verification: unsigned,
  };
}

export function diffFilePayload(
  world: World,
  repository: Repository,
  { file, sha }: { file: DiffFile; sha: string },
): JsonObject {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.blobSha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${world.url}/${repository.fullName}/blob/${sha}/${path}`,
    raw_url: `${world.url}/${repository.fullName}/raw/${sha}/${path}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch !== undefined && { patch: file.patch }),
    ...(file.previousPath !== undefined && { previous_filename: file.previousPath }),
  };
}

export function commitPage(world: World, repository: Repository, sha: string): string {
  return `${world.url}/${repository.fullName}/commit/${sha}`;
}

/** GitHub knows a commit's author by the address, a bot's and the private ones by their form. */
export function userByEmail(world: World, email: string): User | undefined {
  const login = /^(?:\d+\+)?(.+)@users\.noreply\.\S+$/.exec(email)?.[1];
  return (
    world.state.users.find((user) => user.email?.toLowerCase() === email.toLowerCase()) ??
    (login ? world.state.user(login) : undefined)
  );
}

function parentLinks(world: World, repository: Repository, commit: GitCommit): JsonObject[] {
  return commit.parents.map((sha) => ({
    sha,
    url: `${repositoryUrl(world, repository)}/commits/${sha}`,
    html_url: commitPage(world, repository, sha),
  }));
}

function gitCommitUrl(world: World, repository: Repository, sha: string): string {
  return `${repositoryUrl(world, repository)}/git/commits/${sha}`;
}

function treeLink(world: World, repository: Repository, sha: string): JsonObject {
  return { sha, url: `${repositoryUrl(world, repository)}/git/trees/${sha}` };
}

function personPayload(person: GitCommit["author"]): JsonObject {
  return { name: person.name, email: person.email, date: isoTime(person.date) };
}
