import { diffFiles } from "../git/diff.ts";
import { listCommits } from "../git/commits.ts";
import { resolveRevision } from "../git/git.ts";
import { isAncestor, writeRef, zeroSha } from "../git/refs.ts";
import { pushPayload } from "../payloads/push-payload.ts";
import type { Pull, Repository } from "../state/model.ts";
import { sendEvent } from "../webhooks/send-event.ts";
import type { Actor, World } from "../world.ts";
import { requestCheckSuites } from "./checks.ts";
import { closedBy } from "./closing-keywords.ts";
import { sendIssueEvent } from "./issue-events.ts";
import { closeIssue } from "./issues.ts";
import { markMerged } from "./mark-merged.ts";
import { fetchHead } from "./pulls.ts";
import { moveThreads } from "./review-threads.ts";

export type RefChange = { ref: string; before: string; after: string };

/**
 * What follows on refs that have moved, whoever moved them: webhooks, the pull requests of the branch, check
 * suites, closed issues.
 */
export async function refsChanged(
  world: World,
  repository: Repository,
  actor: Actor,
  changes: RefChange[],
): Promise<void> {
  for (const change of changes) {
    repository.pushedAt = world.now();
    const payload = await pushPayload(world, repository, { ...change, pusher: actor.user });
    sendEvent(world, { repository, actor, event: "push", payload });
    sendRefEvent(world, repository, actor, change);
    if (!change.ref.startsWith("refs/heads/")) continue;
    const branch = change.ref.slice("refs/heads/".length);
    await updatePulls(world, { repository, actor, branch, change });
    if (change.after !== zeroSha) {
      await requestCheckSuites(world, repository, {
        actor,
        headSha: change.after,
        branch,
        before: change.before,
      });
      if (branch === repository.defaultBranch) await closeNamedIssues(world, repository, actor, change);
    }
  }
}

function sendRefEvent(world: World, repository: Repository, actor: Actor, change: RefChange): void {
  if (change.before !== zeroSha && change.after !== zeroSha) return;
  const [, kind, ...name] = change.ref.split("/");
  const payload = {
    ref: name.join("/"),
    ref_type: kind === "tags" ? "tag" : "branch",
    pusher_type: "user",
    ...(change.before === zeroSha && {
      master_branch: repository.defaultBranch,
      description: repository.description,
    }),
  };
  const event = change.before === zeroSha ? "create" : "delete";
  sendEvent(world, { repository, actor, event, payload });
}

async function updatePulls(
  world: World,
  {
    repository,
    actor,
    branch,
    change,
  }: { repository: Repository; actor: Actor; branch: string; change: RefChange },
): Promise<void> {
  const open = world.state.repositories
    .flatMap((one) => world.state.pulls(one))
    .filter((pull) => pull.issue.state === "open");
  for (const pull of open) {
    if (pull.head.repository === repository && pull.head.ref === branch) {
      if (change.after === zeroSha) await closeIssue(world, pull.issue, actor);
      else await synchronize(world, pull, actor, change);
    } else if (pull.base.repository === repository && pull.base.ref === branch && change.after !== zeroSha) {
      // A head that has come into the base by a push counts as merged.
      if (await isAncestor(repository.gitDirectory, pull.head.sha, change.after)) {
        await markMerged(world, pull, actor, change.after);
      }
    }
  }
}

async function synchronize(world: World, pull: Pull, actor: Actor, change: RefChange): Promise<void> {
  const { gitDirectory } = pull.base.repository;
  pull.head = { ...pull.head, sha: change.after };
  await fetchHead(pull.base.repository, pull.head);
  await writeRef(gitDirectory, `refs/pull/${pull.issue.number}/head`, change.after);
  const base = await resolveRevision(gitDirectory, `refs/heads/${pull.base.ref}`);
  if (base) pull.base = { ...pull.base, sha: base };
  const forced = !(await isAncestor(gitDirectory, change.before, change.after));
  const at = world.now();
  pull.issue.updatedAt = at;
  pull.issue.timeline.push({
    kind: "committed",
    at,
    actor: actor.user,
    beforeSha: change.before,
    afterSha: change.after,
    forced,
  });
  await moveThreads(world, pull, await diffFiles(gitDirectory, change.before, change.after));
  const extra = { before: change.before, after: change.after };
  await sendIssueEvent(world, pull.issue, { actor, action: "synchronize", extra });
}

async function closeNamedIssues(
  world: World,
  repository: Repository,
  actor: Actor,
  { before, after }: RefChange,
): Promise<void> {
  if (before === zeroSha) return;
  const commits = await listCommits(repository.gitDirectory, [`${before}..${after}`], { limit: 250 });
  const text = commits.map((commit) => commit.message).join("\n");
  for (const issue of closedBy(world, repository, text)) await closeIssue(world, issue, actor);
}
