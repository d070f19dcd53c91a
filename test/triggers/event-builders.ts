/** Webhook payloads as small as Handback reads them, each with overrides. */
export const ann = { login: "ann", id: 11, type: "User" };
export const someBot = { login: "renovate[bot]", id: 12, type: "Bot" };
export const ourBot = { login: "handback[bot]", id: 13, type: "Bot" };

const at = "2026-01-02T03:04:05Z";
const base = {
  repository: { name: "shop", owner: { login: "acme" } },
  installation: { id: 99 },
  sender: ann,
};

export function labeled(overrides: { label?: string; sender?: object; issue?: object } = {}) {
  return {
    ...base,
    action: "labeled",
    sender: overrides.sender ?? ann,
    label: { name: overrides.label ?? "agent" },
    issue: {
      number: 5,
      title: "add() is wrong",
      body: "It gives 5.",
      state: "open",
      updated_at: at,
      user: ann,
      ...overrides.issue,
    },
  };
}

export function commented(
  body: string,
  overrides: { action?: string; sender?: object; comment?: object; issue?: object; onPull?: boolean } = {},
) {
  const sender = overrides.sender ?? ann;
  return {
    ...base,
    action: overrides.action ?? "created",
    sender,
    issue: {
      number: 5,
      title: "add() is wrong",
      body: "It gives 5.",
      state: "open",
      updated_at: at,
      user: ann,
      ...(overrides.onPull === true ? { pull_request: { url: "https://x" } } : {}),
      ...overrides.issue,
    },
    comment: { id: 700, body, user: sender, created_at: at, updated_at: at, ...overrides.comment },
  };
}

export function reviewed(
  review: { state: string; body: string | null; user?: object; performed_via_github_app?: object },
  overrides: { sender?: object; author?: object; action?: string; pull?: object } = {},
) {
  const sender = overrides.sender ?? ann;
  return {
    ...base,
    action: overrides.action ?? "submitted",
    sender,
    review: { id: 800, user: sender, submitted_at: at, commit_id: "c".repeat(40), ...review },
    pull_request: {
      number: 6,
      title: "Mend add()",
      body: "Closes #5",
      state: "open",
      updated_at: at,
      user: overrides.author ?? ourBot,
      head: { ref: "agent/5-mend-add" },
      ...overrides.pull,
    },
  };
}

export function reviewCommented(body: string) {
  return {
    ...base,
    action: "created",
    comment: { id: 900, body, user: ann, created_at: at, updated_at: at },
    pull_request: reviewed({ state: "commented", body: "" }).pull_request,
  };
}
