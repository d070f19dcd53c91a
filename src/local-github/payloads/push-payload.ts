import { listCommits } from "../git/commits.ts";
import type { GitCommit } from "../git/diff-file.ts";
import { isAncestor, zeroSha } from "../git/refs.ts";
import type { Repository, User } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { commitPage, userByEmail } from "./commit-payload.ts";
import { isoTime } from "./time.ts";

/** The part of a `push` event that is about the push. */
export async function pushPayload(
  world: World,
  repository: Repository,
  push: { ref: string; before: string; after: string; pusher: User },
): Promise<JsonObject> {
  const { gitDirectory } = repository;
  const created = push.before === zeroSha;
  const deleted = push.after === zeroSha;
  const range = created
    ? [push.after, "--not", `refs/heads/${repository.defaultBranch}`]
    : [`${push.before}..${push.after}`];
  const commits = deleted ? [] : await listCommits(gitDirectory, ["--reverse", ...range], { limit: 2048 });
  const [head] = deleted ? [] : await listCommits(gitDirectory, [push.after], { limit: 1 });
  const forced = !created && !deleted && !(await isAncestor(gitDirectory, push.before, push.after));
  const page = `${world.url}/${repository.fullName}`;
  return {
    ref: push.ref,
    before: push.before,
    after: push.after,
    base_ref: null,
    created,
    deleted,
    forced,
    compare: created
      ? `${page}/commit/${push.after}`
      : `${page}/compare/${push.before.slice(0, 12)}...${push.after.slice(0, 12)}`,
    commits: await Promise.all(commits.map((commit) => pushedCommit(world, repository, commit))),
    head_commit: head ? await pushedCommit(world, repository, head) : null,
    pusher: { name: push.pusher.login, email: push.pusher.email },
  };
}

async function pushedCommit(world: World, repository: Repository, commit: GitCommit): Promise<JsonObject> {
  const files = await world.git.filesOfCommit(repository, commit.sha);
  const withStatus = (...statuses: string[]): string[] =>
    files.filter((file) => statuses.includes(file.status)).map((file) => file.path);
  const person = ({ name, email }: GitCommit["author"]): JsonObject => {
    const username = userByEmail(world, email)?.login;
    return { name, email, ...(username && { username }) };
  };
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    distinct: true,
    message: commit.message,
    timestamp: isoTime(commit.committer.date),
    url: commitPage(world, repository, commit.sha),
    author: person(commit.author),
    committer: person(commit.committer),
    added: withStatus("added", "copied", "renamed"),
    removed: withStatus("removed"),
    modified: withStatus("modified", "changed"),
  };
}
