import { parseCommand } from "./command.ts";
import {
  issueCommentEvent,
  issueLabeledEvent,
  pullLabeledEvent,
  reviewCommentEvent,
  reviewSubmittedEvent,
} from "./event-payloads.ts";
import type { EventBase, EventText, ReviewSubmitted } from "./event-payloads.ts";
import type { Command, RepositoryRef, Trigger, TriggerOutcome } from "./trigger.ts";

/** What a webhook means. Pure; never throws, whatever the payload is. */
export function triggerFrom(
  event: string,
  payload: unknown,
  options: {
    /** The label that starts a run. */
    label: string;
    /** Our own login, `handback[bot]`; null when it is not known: then a review without a command starts nothing. */
    botLogin: string | null;
    deliveryId: string;
  },
): TriggerOutcome {
  switch (event) {
    case "issues":
      return fromLabel(payload, options);
    case "pull_request":
      return fromPullLabel(payload, options);
    case "issue_comment":
      return fromComment(payload, options);
    case "pull_request_review":
      return fromReview(payload, options);
    case "pull_request_review_comment":
      return fromReviewComment(payload, options);
    default:
      return ignored(`${event} starts nothing`);
  }
}

type Options = Parameters<typeof triggerFrom>[2];

function fromLabel(payload: unknown, options: Options): TriggerOutcome {
  const read = issueLabeledEvent.safeParse(payload);
  if (!read.success) return ignored("not a label on an issue");
  const { issue, label, sender } = read.data;
  if (label.name !== options.label) return ignored("another label");
  if (issue.pull_request != null) return ignored("a label on a pull request");
  if (sender.type !== "User") return ignored("labelled by a bot");
  if (issue.state === "closed") return ignored("the issue is closed");
  return trigger(read.data, options, {
    command: { kind: "do", text: "", options: { models: {}, usd: null, rounds: null } },
    issueNumber: issue.number,
    isPullRequest: false,
    commentId: null,
    subject: issue,
    at: issue.updated_at,
  });
}

/** It says "work here", but not what: a pull request wants a command. */
function fromPullLabel(payload: unknown, options: Options): TriggerOutcome {
  const read = pullLabeledEvent.safeParse(payload);
  if (!read.success) return ignored("not a label on a pull request");
  const { pull_request: pull, label, sender } = read.data;
  if (label.name !== options.label) return ignored("another label");
  if (sender.type !== "User") return ignored("labelled by a bot");
  if (pull.state === "closed") return ignored("the pull request is closed");
  const repository = refOf(read.data);
  if (repository === null) return ignored("no installation in the event");
  return {
    kind: "mistake",
    repository,
    issueNumber: pull.number,
    commentId: null,
    sender: sender.login,
    reply: `On a pull request the label \`${label.name}\` starts nothing. Write what you want as a comment: \`/agent fix <what to change>\`, or \`/agent review\`.`,
  };
}

function fromComment(payload: unknown, options: Options): TriggerOutcome {
  const read = issueCommentEvent.safeParse(payload);
  if (!read.success) return ignored("not a new comment");
  const { comment, issue } = read.data;
  return fromText(read.data, comment, options, {
    issueNumber: issue.number,
    isPullRequest: issue.pull_request != null,
    commentId: comment.id,
    subject: issue,
    at: comment.created_at,
  });
}

/**
 * On our own pull request a review without a command says something too: one that asks for changes is a `fix`, one that approves
 * starts CI. Where there is a command, it alone counts.
 */
function fromReview(payload: unknown, options: Options): TriggerOutcome {
  const read = reviewSubmittedEvent.safeParse(payload);
  if (!read.success) return ignored("not a submitted review");
  const { review, pull_request: pull, sender } = read.data;
  const place = {
    issueNumber: pull.number,
    isPullRequest: true,
    commentId: null,
    subject: pull,
    at: review.submitted_at ?? pull.updated_at,
  };
  const body = review.body ?? "";
  const outcome = fromText(read.data, { ...review, body }, options, place);
  const isOurs = options.botLogin !== null && pull.user?.login === options.botLogin;
  if (outcome.kind !== "ignored" || !isOurs || !isPerson(sender, review)) return outcome;
  const command = commandOfState(read.data);
  return command === null ? outcome : trigger(read.data, options, { ...place, command });
}

function commandOfState({ review, pull_request: pull }: ReviewSubmitted): Command | null {
  const options = { models: {}, usd: null, rounds: null };
  switch (review.state.toLowerCase()) {
    case "changes_requested":
      return { kind: "fix", text: (review.body ?? "").trim(), options };
    case "approved":
      if (pull.state === "closed" || pull.head === undefined || review.commit_id == null) return null;
      return { kind: "ci", branch: pull.head.ref, headSha: review.commit_id, options };
    default:
      return null;
  }
}

function fromReviewComment(payload: unknown, options: Options): TriggerOutcome {
  const read = reviewCommentEvent.safeParse(payload);
  if (!read.success) return ignored("not a new review comment");
  const { comment, pull_request: pull } = read.data;
  // Its id is no issue comment's id, so reactions go to the pull request itself.
  return fromText(read.data, comment, options, {
    issueNumber: pull.number,
    isPullRequest: true,
    commentId: null,
    subject: pull,
    at: comment.created_at,
  });
}

type Place = {
  issueNumber: number;
  isPullRequest: boolean;
  commentId: number | null;
  subject: { title: string; body?: string | null | undefined };
  at: string;
};

function fromText(base: EventBase, text: EventText, options: Options, place: Place): TriggerOutcome {
  const parsed = parseCommand(text.body, place);
  if (parsed === null) return ignored("no command");
  if (!isPerson(base.sender, text)) return ignored("written by a bot or through an App");
  if (parsed.kind !== "mistake") return trigger(base, options, { ...place, command: parsed });
  const repository = refOf(base);
  if (repository === null) return ignored("no installation in the event");
  return {
    kind: "mistake",
    repository,
    issueNumber: place.issueNumber,
    commentId: text.id,
    sender: base.sender.login,
    reply: parsed.reply,
  };
}

function trigger(base: EventBase, options: Options, found: Place & { command: Command }): TriggerOutcome {
  const repository = refOf(base);
  if (repository === null) return ignored("no installation in the event");
  const made: Trigger = {
    command: found.command,
    repository,
    issueNumber: found.issueNumber,
    isPullRequest: found.isPullRequest,
    commentId: found.commentId,
    sender: { login: base.sender.login, id: base.sender.id },
    subject: { title: found.subject.title, body: found.subject.body ?? "" },
    deliveryId: options.deliveryId,
    at: found.at,
  };
  return { kind: "trigger", trigger: made };
}

function refOf(base: EventBase): RepositoryRef | null {
  if (base.installation == null) return null;
  const { owner, name } = base.repository;
  return { owner: owner.login, name, installationId: base.installation.id };
}

/** The author must be the sender, a user, and not an App that speaks for one. */
function isPerson(sender: EventBase["sender"], text: Omit<EventText, "body">): boolean {
  const author = text.user;
  return (
    sender.type === "User" &&
    author?.type === "User" &&
    author.id === sender.id &&
    text.performed_via_github_app == null
  );
}

function ignored(reason: string): TriggerOutcome {
  return { kind: "ignored", reason };
}
