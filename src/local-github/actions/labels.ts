import { validationFailed } from "../api-error.ts";
import { labelPayload } from "../payloads/issue-payload.ts";
import { sameName } from "../state/local-github-state.ts";
import type { Issue, Label, Repository } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import { sendIssueEvent } from "./issue-events.ts";

export function findLabel(repository: Repository, name: string): Label | undefined {
  return repository.labels.find((label) => sameName(label.name, name));
}

export function createLabel(
  world: World,
  repository: Repository,
  {
    name,
    color = "ededed",
    description = null,
  }: { name: string; color?: string; description?: string | null },
): Label {
  if (name.trim() === "" || name.length > 50) {
    throw validationFailed({ resource: "Label", code: "invalid", field: "name" });
  }
  if (!/^[0-9a-fA-F]{6}$/.test(color)) {
    throw validationFailed({ resource: "Label", code: "invalid", field: "color" });
  }
  if (findLabel(repository, name)) {
    throw validationFailed({ resource: "Label", code: "already_exists", field: "name" });
  }
  const label = { id: world.state.nextId(), name, color, description, default: false };
  repository.labels.push(label);
  return label;
}

/** Adds labels that are not there yet; unknown ones come into being, as on GitHub. */
export async function addLabels(world: World, issue: Issue, actor: Actor, names: string[]): Promise<void> {
  for (const name of names) {
    const label = findLabel(issue.repository, name) ?? createLabel(world, issue.repository, { name });
    if (issue.labels.includes(label)) continue;
    issue.labels.push(label);
    await labelChanged(world, issue, { actor, label, kind: "labeled" });
  }
}

export async function removeLabel(world: World, issue: Issue, actor: Actor, label: Label): Promise<void> {
  issue.labels = issue.labels.filter((one) => one !== label);
  await labelChanged(world, issue, { actor, label, kind: "unlabeled" });
}

export async function setLabels(world: World, issue: Issue, actor: Actor, names: string[]): Promise<void> {
  for (const label of issue.labels.filter((one) => !names.some((name) => sameName(name, one.name)))) {
    await removeLabel(world, issue, actor, label);
  }
  await addLabels(world, issue, actor, names);
}

async function labelChanged(
  world: World,
  issue: Issue,
  { actor, label, kind }: { actor: Actor; label: Label; kind: "labeled" | "unlabeled" },
): Promise<void> {
  const at = world.now();
  issue.updatedAt = at;
  issue.timeline.push({ kind, at, actor: actor.user, label });
  const extra = { label: labelPayload(world, issue.repository, label) };
  await sendIssueEvent(world, issue, { actor, action: kind, extra });
}
