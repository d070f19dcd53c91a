import type { Pull } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import { closedBy } from "./closing-keywords.ts";
import { sendIssueEvent } from "./issue-events.ts";
import { closeIssue } from "./issues.ts";

/** Records the merge, tells about it, and closes the issues that the pull request says it closes. */
export async function markMerged(world: World, pull: Pull, actor: Actor, sha: string): Promise<void> {
  const at = world.now();
  const { issue } = pull;
  pull.mergedAt = at;
  pull.mergedBy = actor.user;
  pull.mergeCommitSha = sha;
  issue.state = "closed";
  issue.closedAt = at;
  issue.closedBy = actor.user;
  issue.updatedAt = at;
  issue.timeline.push({ kind: "merged", at, actor: actor.user, sha });
  await sendIssueEvent(world, issue, { actor, action: "closed" });
  const { repository } = pull.base;
  if (pull.base.ref !== repository.defaultBranch) return;
  for (const closed of closedBy(world, repository, issue.body ?? "")) await closeIssue(world, closed, actor);
}
