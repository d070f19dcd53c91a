import { ApiError, validationFailed } from "../api-error.ts";
import { git, resolveRevision } from "../git/git.ts";
import { writeRef } from "../git/refs.ts";
import { userPayload } from "../payloads/user-payload.ts";
import { sameName } from "../state/local-github-state.ts";
import type { Pull, PullSide, Repository } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import { refuseLongBody } from "./body-limit.ts";
import { sendIssueEvent } from "./issue-events.ts";
import { addIssue, refuseBadTitle } from "./issues.ts";

export type NewPull = {
  title: string;
  body?: string | null;
  /** `branch`, or `owner:branch` for a fork. */
  head: string;
  base: string;
  draft?: boolean;
  maintainerCanModify?: boolean;
};

export async function createPull(
  world: World,
  repository: Repository,
  actor: Actor,
  given: NewPull,
): Promise<Pull> {
  refuseBadTitle(given.title, "PullRequest");
  refuseLongBody(given.body, "PullRequest");
  const base = await findBase(repository, given.base);
  const head = await findHead(world, repository, given.head);
  refuseSecondPull(world, base, head);
  await fetchHead(repository, head);
  const common = await world.git.mergeBase(repository, base.sha, head.sha);
  if (!common) {
    throw refusal(`The ${head.ref} branch has no history in common with ${base.repository.fullName}`);
  }
  if (common === head.sha) throw refusal(`No commits between ${given.base} and ${given.head}`);
  // Once more: another request may have been as far while this one waited for git.
  refuseSecondPull(world, base, head);

  const issue = addIssue(world, repository, actor, { title: given.title, body: given.body ?? null });
  const pull: Pull = {
    id: world.state.nextId(),
    issue,
    head,
    base,
    draft: given.draft ?? false,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    maintainerCanModify: head.repository !== repository && (given.maintainerCanModify ?? true),
    requestedReviewers: [],
    reviews: [],
    threads: [],
  };
  issue.pull = pull;
  await writeRef(repository.gitDirectory, `refs/pull/${issue.number}/head`, head.sha);
  await sendIssueEvent(world, issue, { actor, action: "opened" });
  return pull;
}

/** Brings a head's objects into the base repository, where every diff is made. */
export async function fetchHead(repository: Repository, head: PullSide): Promise<void> {
  if (head.repository === repository) return;
  const source = head.repository.gitDirectory;
  await git(repository.gitDirectory, ["fetch", "--quiet", "--no-write-fetch-head", source, head.sha]);
}

export async function changeBase(world: World, pull: Pull, actor: Actor, ref: string): Promise<void> {
  const base = await findBase(pull.base.repository, ref);
  if (base.ref === pull.base.ref) return;
  const from = pull.base;
  pull.base = base;
  const changes = { base: { ref: { from: from.ref }, sha: { from: from.sha } } };
  await sendIssueEvent(world, pull.issue, { actor, action: "edited", extra: { changes } });
}

/** Draft to ready and back; only GraphQL offers this. */
export async function setDraft(world: World, pull: Pull, actor: Actor, draft: boolean): Promise<void> {
  if (pull.draft === draft) return;
  pull.draft = draft;
  const at = world.now();
  pull.issue.updatedAt = at;
  const kind = draft ? "convert_to_draft" : "ready_for_review";
  pull.issue.timeline.push({ kind, at, actor: actor.user });
  const action = draft ? "converted_to_draft" : "ready_for_review";
  await sendIssueEvent(world, pull.issue, { actor, action });
}

export async function requestReviewers(
  world: World,
  pull: Pull,
  actor: Actor,
  logins: string[],
): Promise<void> {
  const reviewers = logins.map((login) => {
    const user = world.state.user(login);
    const level = user ? world.state.permissionOf(user, pull.issue.repository) : "none";
    const isCollaborator = user && pull.issue.repository.collaborators.has(user.login.toLowerCase());
    if (!user || level === "none" || !(isCollaborator || level === "admin")) {
      throw new ApiError(
        422,
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified is " +
          `not a collaborator of the ${pull.issue.repository.fullName} repository.`,
      );
    }
    if (user === pull.issue.author) {
      throw new ApiError(422, "Review cannot be requested from pull request author.");
    }
    return user;
  });
  for (const reviewer of reviewers) {
    if (pull.requestedReviewers.includes(reviewer)) continue;
    pull.requestedReviewers.push(reviewer);
    const at = world.now();
    pull.issue.timeline.push({ kind: "review_requested", at, actor: actor.user, reviewer });
    const extra = { requested_reviewer: userPayload(world, reviewer) };
    await sendIssueEvent(world, pull.issue, { actor, action: "review_requested", extra });
  }
}

export async function removeReviewers(
  world: World,
  pull: Pull,
  actor: Actor,
  logins: string[],
): Promise<void> {
  for (const reviewer of pull.requestedReviewers.filter((one) => logins.includes(one.login))) {
    pull.requestedReviewers = pull.requestedReviewers.filter((one) => one !== reviewer);
    const at = world.now();
    pull.issue.timeline.push({ kind: "review_request_removed", at, actor: actor.user, reviewer });
    const extra = { requested_reviewer: userPayload(world, reviewer) };
    await sendIssueEvent(world, pull.issue, { actor, action: "review_request_removed", extra });
  }
}

async function findBase(repository: Repository, ref: string): Promise<PullSide> {
  const sha = await resolveRevision(repository.gitDirectory, `refs/heads/${ref}`);
  if (!sha) throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
  return { repository, ref, sha };
}

async function findHead(world: World, base: Repository, head: string): Promise<PullSide> {
  const colon = head.indexOf(":");
  const owner = colon < 0 ? base.owner.login : head.slice(0, colon);
  const ref = head.slice(colon + 1);
  const repository = sameName(owner, base.owner.login)
    ? base
    : world.state.repositories.find(
        (one) => sameName(one.owner.login, owner) && (one.parent === base || base.parent === one),
      );
  const sha = repository && (await resolveRevision(repository.gitDirectory, `refs/heads/${ref}`));
  if (!sha) throw validationFailed({ resource: "PullRequest", field: "head", code: "invalid" });
  return { repository, ref, sha };
}

function refuseSecondPull(world: World, base: PullSide, head: PullSide): void {
  const same = (one: PullSide, other: PullSide): boolean =>
    one.repository === other.repository && one.ref === other.ref;
  const old = world.state
    .pulls(base.repository)
    .find((pull) => pull.issue.state === "open" && same(pull.head, head) && same(pull.base, base));
  if (old) throw refusal(`A pull request already exists for ${head.repository.owner.login}:${head.ref}.`);
}

function refusal(message: string): ApiError {
  return validationFailed({ resource: "PullRequest", code: "custom", message });
}
