import { issuePayload } from "../payloads/issue-payload.ts";
import { pullPayload } from "../payloads/pull-payload.ts";
import type { Issue } from "../state/model.ts";
import { sendEvent } from "../webhooks/send-event.ts";
import type { Actor, JsonObject, World } from "../world.ts";

/** Tells Apps what happened to an issue, or to a pull request under its own event. */
export async function sendIssueEvent(
  world: World,
  issue: Issue,
  { actor, action, extra = {} }: { actor: Actor; action: string; extra?: JsonObject },
): Promise<void> {
  const { repository, pull } = issue;
  if (pull) {
    const payload = { number: issue.number, pull_request: await pullPayload(world, pull), ...extra };
    sendEvent(world, { repository, actor, event: "pull_request", action, payload });
  } else {
    const payload = { issue: issuePayload(world, issue), ...extra };
    sendEvent(world, { repository, actor, event: "issues", action, payload });
  }
}
