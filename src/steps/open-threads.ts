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
 * What others say in a thread is a claim, newest first, as GitHub has it.
 */
export async function openThreads(
  threads: readonly ReviewThread[],
  { trigger, access }: { trigger: Trigger; access: WriteAccess },
): Promise<{ threads: OpenThread[]; claims: Remark[] }> {
  const open: OpenThread[] = [];
  const claims: Remark[] = [];
  for (const thread of threads) {
    if (thread.isResolved) continue;
    const heard: ReviewComment[] = [];
    for (const comment of thread.comments.filter((one) => stoodBefore(one, trigger))) {
      if (await access.of(comment.author)) heard.push(comment);
      else claims.push(claimOf(comment, thread));
    }
    if (heard.length > 0) open.push(asFinding(thread, { id: `f${open.length + 1}`, heard }));
  }
  return { threads: open, claims: claims.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at)) };
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
