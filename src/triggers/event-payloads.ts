import { z } from "zod";

/** The few fields of GitHub's webhooks that Handback reads; anything else in them may change without notice. */
const user = z.object({ login: z.string().min(1), id: z.number().int(), type: z.string() });

const base = z.object({
  repository: z.object({ name: z.string().min(1), owner: z.object({ login: z.string().min(1) }) }),
  sender: user,
  installation: z.object({ id: z.number().int() }).nullish(),
});

const text = z.object({
  id: z.number().int(),
  body: z.string(),
  user: user.nullish(),
  performed_via_github_app: z.unknown().optional(),
});

const subject = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.string().optional(),
  updated_at: z.string(),
});

const issue = subject.extend({ pull_request: z.unknown().optional() });
const pull = subject.extend({ user: user.nullish() });

export const issueLabeledEvent = base.extend({
  action: z.literal("labeled"),
  issue,
  label: z.object({ name: z.string() }),
});

export const pullLabeledEvent = base.extend({
  action: z.literal("labeled"),
  pull_request: pull,
  label: z.object({ name: z.string() }),
});

export const issueCommentEvent = base.extend({
  action: z.literal("created"),
  issue,
  comment: text.extend({ created_at: z.string() }),
});

export const reviewSubmittedEvent = base.extend({
  action: z.literal("submitted"),
  pull_request: pull.extend({ head: z.object({ ref: z.string() }).optional() }),
  review: text.extend({
    body: z.string().nullish(),
    state: z.string(),
    commit_id: z.string().nullish(),
    submitted_at: z.string().nullish(),
  }),
});

export const reviewCommentEvent = base.extend({
  action: z.literal("created"),
  pull_request: pull,
  comment: text.extend({ created_at: z.string() }),
});

export type EventBase = z.infer<typeof base>;
export type EventText = z.infer<typeof text>;
export type ReviewSubmitted = z.infer<typeof reviewSubmittedEvent>;
