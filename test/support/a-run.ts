import type { Run } from "../../src/run/run.ts";
import type { Trigger } from "../../src/triggers/trigger.ts";

export function aTrigger(change: Partial<Trigger> = {}): Trigger {
  return {
    command: { kind: "do", text: "", options: { models: {}, usd: null, rounds: null } },
    repository: { owner: "harbour", name: "basket", installationId: 1 },
    issueNumber: 2,
    isPullRequest: false,
    commentId: null,
    sender: { login: "tomas", id: 7 },
    subject: { title: "Returns print as €-24.-80", body: "It should be -€23.80." },
    deliveryId: "d-1",
    at: "2026-11-22T19:00:00Z",
    ...change,
  };
}

export function aRun(change: Partial<Run> = {}): Run {
  return {
    id: "r0000000000000test1",
    kind: "change",
    trigger: aTrigger(),
    createdAt: "2026-11-22T19:00:01Z",
    state: { status: "in_progress", step: "plan" },
    epoch: 1,
    ...change,
  };
}
