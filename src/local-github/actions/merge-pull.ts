import { ApiError } from "../api-error.ts";
import { resolveRevision } from "../git/git.ts";
import { writeCommit } from "../git/merge.ts";
import { writeRef } from "../git/refs.ts";
import type { Pull } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import { markMerged } from "./mark-merged.ts";
import { refsChanged } from "./push.ts";

export type MergeOptions = {
  method?: "merge" | "squash" | "rebase";
  title?: string;
  message?: string;
  /** The head that was looked at; another one is a conflict. */
  sha?: string;
};

/** Merges and returns the merge commit's name. */
export async function mergePull(
  world: World,
  pull: Pull,
  actor: Actor,
  options: MergeOptions,
): Promise<string> {
  const { repository, ref } = pull.base;
  const { gitDirectory } = repository;
  if (pull.issue.state === "closed") throw new ApiError(405, "Pull Request is not mergeable");
  if (pull.draft) throw new ApiError(405, "Pull Request is still a draft");
  if (options.sha && options.sha !== pull.head.sha) {
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
  }
  refuseMissingChecks(world, pull);
  if (options.method === "rebase")
    throw new ApiError(405, "Rebase merges are not allowed on this repository.");
  const base = await resolveRevision(gitDirectory, `refs/heads/${ref}`);
  const tree = base && (await world.git.mergedTree(repository, base, pull.head.sha));
  if (!base || !tree) throw new ApiError(405, "Pull Request is not mergeable");

  const person = {
    name: actor.user.name ?? actor.user.login,
    email: actor.user.email ?? `${actor.user.id}+${actor.user.login}@users.noreply.github.com`,
    date: world.now(),
  };
  const squash = options.method === "squash";
  const title =
    options.title ??
    (squash
      ? `${pull.issue.title} (#${pull.issue.number})`
      : `Merge pull request #${pull.issue.number} from ${pull.head.repository.owner.login}/${pull.head.ref}`);
  const message = options.message ?? (squash ? "" : pull.issue.title);
  const sha = await writeCommit(gitDirectory, {
    tree,
    parents: squash ? [base] : [base, pull.head.sha],
    message: message === "" ? title : `${title}\n\n${message}`,
    author: person,
    committer: person,
  });
  await writeRef(gitDirectory, `refs/heads/${ref}`, sha);
  await markMerged(world, pull, actor, sha);
  await refsChanged(world, repository, actor, [{ ref: `refs/heads/${ref}`, before: base, after: sha }]);
  return sha;
}

function refuseMissingChecks(world: World, pull: Pull): void {
  const { repository, ref } = pull.base;
  const runs = world.state.checkRuns(repository, pull.head.sha);
  for (const name of repository.protectedBranches.get(ref)?.requiredChecks ?? []) {
    const passed = runs.some((run) => run.name === name && run.conclusion === "success");
    if (!passed) throw new ApiError(405, `Required status check "${name}" is expected.`);
  }
}
