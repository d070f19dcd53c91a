import { ApiError, validationFailed } from "../api-error.ts";
import { userPayload } from "../payloads/user-payload.ts";
import type { Issue, Repository, User } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import { refuseLongBody } from "./body-limit.ts";
import { sendIssueEvent } from "./issue-events.ts";
import { addLabels, setLabels } from "./labels.ts";

export type NewIssue = { title: string; body?: string | null; labels?: string[]; assignees?: string[] };

export type IssueChanges = {
  title?: string;
  body?: string | null;
  state?: "open" | "closed";
  stateReason?: Issue["stateReason"];
  labels?: string[];
  assignees?: string[];
};

export async function createIssue(
  world: World,
  repository: Repository,
  actor: Actor,
  given: NewIssue,
): Promise<Issue> {
  if (!repository.hasIssues) throw new ApiError(410, "Issues has been disabled in this repository.");
  refuseBadTitle(given.title, "Issue");
  refuseLongBody(given.body, "Issue");
  const issue = addIssue(world, repository, actor, given);
  await sendIssueEvent(world, issue, { actor, action: "opened" });
  await addLabels(world, issue, actor, given.labels ?? []);
  await assign(world, issue, actor, given.assignees ?? []);
  return issue;
}

/** Takes the next number; issues and pull requests count together. Nothing is sent. */
export function addIssue(world: World, repository: Repository, actor: Actor, given: NewIssue): Issue {
  const now = world.now();
  const issue: Issue = {
    id: world.state.nextId(),
    number: (repository.issues.at(-1)?.number ?? 0) + 1,
    repository,
    title: given.title.trim(),
    body: given.body ?? null,
    author: actor.user,
    viaApp: actor.app,
    state: "open",
    stateReason: null,
    labels: [],
    assignees: [],
    locked: false,
    comments: [],
    reactions: [],
    timeline: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    pull: undefined,
  };
  repository.issues.push(issue);
  return issue;
}

export async function updateIssue(
  world: World,
  issue: Issue,
  actor: Actor,
  changes: IssueChanges,
): Promise<void> {
  await editText(world, issue, actor, changes);
  if (changes.labels) await setLabels(world, issue, actor, changes.labels);
  if (changes.assignees) await setAssignees(world, issue, actor, changes.assignees);
  if (changes.state && changes.state !== issue.state) {
    if (changes.state === "closed") await closeIssue(world, issue, actor, changes.stateReason);
    else await reopenIssue(world, issue, actor);
  }
}

export async function closeIssue(
  world: World,
  issue: Issue,
  actor: Actor,
  reason: Issue["stateReason"] = null,
): Promise<void> {
  const at = world.now();
  issue.state = "closed";
  issue.stateReason = issue.pull ? null : (reason ?? "completed");
  issue.closedAt = at;
  issue.closedBy = actor.user;
  issue.updatedAt = at;
  issue.timeline.push({ kind: "closed", at, actor: actor.user });
  await sendIssueEvent(world, issue, { actor, action: "closed" });
}

async function reopenIssue(world: World, issue: Issue, actor: Actor): Promise<void> {
  if (issue.pull?.mergedAt) {
    throw validationFailed({
      resource: "PullRequest",
      code: "custom",
      field: "state",
      message: "state cannot be changed. The pull request cannot be reopened because it has been merged.",
    });
  }
  const at = world.now();
  issue.state = "open";
  issue.stateReason = issue.pull ? null : "reopened";
  issue.closedAt = null;
  issue.closedBy = null;
  issue.updatedAt = at;
  issue.timeline.push({ kind: "reopened", at, actor: actor.user });
  await sendIssueEvent(world, issue, { actor, action: "reopened" });
}

async function editText(world: World, issue: Issue, actor: Actor, changes: IssueChanges): Promise<void> {
  const resource = issue.pull ? "PullRequest" : "Issue";
  if (changes.title !== undefined) refuseBadTitle(changes.title, resource);
  refuseLongBody(changes.body, resource);
  const edited: Record<string, { from: string }> = {};
  if (changes.title !== undefined && changes.title !== issue.title) {
    edited["title"] = { from: issue.title };
    const at = world.now();
    issue.timeline.push({ kind: "renamed", at, actor: actor.user, from: issue.title, to: changes.title });
    issue.title = changes.title;
  }
  if (changes.body !== undefined && changes.body !== issue.body) {
    edited["body"] = { from: issue.body ?? "" };
    issue.body = changes.body;
  }
  if (Object.keys(edited).length === 0) return;
  issue.updatedAt = world.now();
  await sendIssueEvent(world, issue, { actor, action: "edited", extra: { changes: edited } });
}

export async function assign(world: World, issue: Issue, actor: Actor, logins: string[]): Promise<void> {
  for (const user of assignable(world, issue, logins)) {
    if (issue.assignees.includes(user)) continue;
    issue.assignees.push(user);
    await assigneeChanged(world, issue, { actor, assignee: user, kind: "assigned" });
  }
}

export async function unassign(world: World, issue: Issue, actor: Actor, logins: string[]): Promise<void> {
  for (const user of issue.assignees.filter((one) => logins.includes(one.login))) {
    issue.assignees = issue.assignees.filter((one) => one !== user);
    await assigneeChanged(world, issue, { actor, assignee: user, kind: "unassigned" });
  }
}

async function setAssignees(world: World, issue: Issue, actor: Actor, logins: string[]): Promise<void> {
  const gone = issue.assignees.map((user) => user.login).filter((login) => !logins.includes(login));
  await unassign(world, issue, actor, gone);
  await assign(world, issue, actor, logins);
}

/** GitHub passes over people who cannot be assigned, without a word. */
function assignable(world: World, issue: Issue, logins: string[]): User[] {
  return logins.flatMap((login) => {
    const user = world.state.user(login);
    const level = user && world.state.permissionOf(user, issue.repository);
    return user && level !== "none" && (level !== "read" || user === issue.author) ? [user] : [];
  });
}

async function assigneeChanged(
  world: World,
  issue: Issue,
  { actor, assignee, kind }: { actor: Actor; assignee: User; kind: "assigned" | "unassigned" },
): Promise<void> {
  const at = world.now();
  issue.updatedAt = at;
  issue.timeline.push({ kind, at, actor: actor.user, assignee });
  const extra = { assignee: userPayload(world, assignee) };
  await sendIssueEvent(world, issue, { actor, action: kind, extra });
}

export function refuseBadTitle(title: string, resource: string): void {
  if (title.trim() === "") throw validationFailed({ resource, code: "missing_field", field: "title" });
  if ([...title].length > 256) {
    throw validationFailed({
      resource,
      code: "custom",
      field: "title",
      message: "title is too long (maximum is 256 characters)",
    });
  }
}
