import { visibleText } from "../agent/visible-text.ts";
import type { ReviewComment, ReviewThread } from "../github/github.ts";
import type { Remark } from "../roles/task.ts";
import type { Finding } from "../run/results.ts";
import type { Trigger } from "../triggers/trigger.ts";
import type { PostedFinding } from "./finding-ledger.ts";
import type { WriteAccess } from "./write-access.ts";

export interface OpenThread {
  readonly finding: Finding;
  readonly posted: PostedFinding;
}

/**
 * Unresolved threads in which somebody with write access, or our reviewer, speaks: each a finding whose words are theirs alone.
 * What others say in a thread is a claim, newest first, as GitHub has it; other bots are left out, as in a conversation.
 */
export async function openThreads(
  threads: readonly ReviewThread[],
  { trigger, access, botLogin }: { trigger: Trigger; access: WriteAccess; botLogin: string },
): Promise<{ threads: OpenThread[]; claims: Remark[]; leftOut: number }> {
  const open: OpenThread[] = [];
  const claims: Remark[] = [];
  let leftOut = 0;
  for (const thread of threads) {
    if (thread.isResolved) continue;
    const heard: ReviewComment[] = [];
    for (const comment of thread.comments) {
      const { author, standing } = comment;
      const isBot = author.endsWith("[bot]") && author !== botLogin;
      const mayWrite =
        isBot || !stoodBefore(comment, trigger) ? "unknown" : await access.of(author, standing);
      if (mayWrite === "yes") heard.push(comment);
      else if (mayWrite === "no") claims.push(claimOf(comment, thread));
      else leftOut += 1;
    }
    if (heard.length > 0) open.push(asFinding(thread, { id: `f${open.length + 1}`, heard }));
  }
  const newestFirst = claims.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return { threads: open, claims: newestFirst, leftOut };
}

function asFinding(thread: ReviewThread, { id, heard }: { id: string; heard: ReviewComment[] }): OpenThread {
  const finding: Finding = {
    id,
    severity: "important",
    path: thread.path,
    line: thread.line,
    title: "Review comment",
    body: heard.map(({ author, body }) => `${author}: ${visibleText(body)}`).join("\n\n"),
    suggestion: null,
    evidence: null,
  };
  const commentId = thread.comments[0]?.id ?? 0;
  return { finding, posted: { findingId: id, commentId, threadId: thread.id, url: null } };
}

function claimOf({ author, createdAt, body }: ReviewComment, { path, line }: ReviewThread): Remark {
  const place = line === null ? path : `${path}:${line}`;
  return { author, at: createdAt, text: body, place };
}

/** A review that is itself the trigger brings its threads along, in the trigger's own second. */
function stoodBefore({ createdAt, editedAt }: ReviewComment, { at }: Trigger): boolean {
  const asked = Date.parse(at);
  return Date.parse(createdAt) <= asked && (editedAt === null || Date.parse(editedAt) < asked);
}
