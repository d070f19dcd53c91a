import type { Trigger } from "../../src/triggers/trigger.ts";

/** A trigger as `/agent do` on issue 7 makes it. */
export function aTrigger(overrides: Partial<Trigger> = {}): Trigger {
  return {
    command: { kind: "do", text: "", options: { models: {}, usd: null, rounds: null } },
    repository: { owner: "acme", name: "shop", installationId: 1 },
    issueNumber: 7,
    isPullRequest: false,
    commentId: 11,
    sender: { login: "ada", id: 5 },
    subject: { title: "The total is wrong", body: "It adds the tax twice. 🧾\u0000" },
    deliveryId: "d-1",
    at: "2026-01-02T03:04:05.000Z",
    ...overrides,
  };
}
