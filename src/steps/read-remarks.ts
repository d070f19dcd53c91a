import { setImmediate as letOthersRun } from "node:timers/promises";
import { visibleText } from "../agent/visible-text.ts";
import type { Comment } from "../github/github.ts";
import type { Remark, Said } from "../roles/task.ts";
import { parseCommand } from "../triggers/command.ts";
import type { Trigger } from "../triggers/trigger.ts";
import type { WriteAccess } from "./write-access.ts";

/**
 * What was said on the issue or pull request before the trigger. People with write access say what is wanted; what others say
 * is shown as theirs; bots, people of whom it is not known, and what was written or edited after the trigger, are left out. Of much,
 * the newest stays.
 */
export async function readRemarks(
  comments: readonly Comment[],
  { trigger, access, botLogin }: { trigger: Trigger; access: WriteAccess; botLogin: string },
): Promise<Said> {
  const others = comments.filter(
    ({ id, author, body }) =>
      id !== trigger.commentId && author !== botLogin && !isForHandback(body, trigger),
  );
  const stood = others.filter((comment) => !comment.isBot && stoodBefore(comment, trigger));
  // All at once, the newest first: only so many people are asked about.
  const heard = await Promise.all(
    stood.toReversed().map(async ({ author, standing, createdAt, body }) => {
      const mayWrite = await access.of(author, standing);
      return { mayWrite, remark: { author, at: createdAt, text: body } };
    }),
  );
  const by = (may: "yes" | "no"): Remark[] =>
    heard.filter(({ mayWrite }) => mayWrite === may).map(({ remark }) => remark);
  const instructions = await newest(by("yes"), room.instructions);
  const claims = await newest(by("no"), room.claims);
  const leftOut = others.length - instructions.length - claims.length;
  return { instructions, claims, leftOut };
}

/** The newest that fit, oldest first, as their reader sees them. `remarks` are newest first, with their texts as GitHub has them. */
export async function newest(
  remarks: readonly Remark[],
  { most, each, all }: { most: number; each: number; all: number },
): Promise<Remark[]> {
  const kept: Remark[] = [];
  let left = all;
  for (const remark of remarks.slice(0, most)) {
    if (remark.text.length > longest) continue;
    // A long one takes some tenths of a second.
    await letOthersRun();
    // Cleaned as a whole: what hides may end behind the cut.
    const text = visibleText(remark.text);
    const cut = text.length > each ? `${text.slice(0, each)}\n[cut: ${text.length} characters in all]` : text;
    left -= cut.length;
    if (left < 0) break;
    kept.unshift({ ...remark, text: cut });
  }
  return kept;
}

/** GitHub takes 65,536 characters, which may be of two units each. What is longer is no comment of GitHub's. */
const longest = 131_072;

/** Remarks, characters of one, and of all together. */
export const room = {
  instructions: { most: 20, each: 4_000, all: 16_000 },
  claims: { most: 10, each: 1_000, all: 6_000 },
} as const;

/** GitHub's times are whole seconds: in the trigger's own second, what was never edited counts as before it. */
function stoodBefore({ id, createdAt, updatedAt }: Comment, { commentId, at }: Trigger): boolean {
  const [created, updated, asked] = [createdAt, updatedAt, at].map((time) => Date.parse(time));
  const isOlder = commentId === null || id < commentId;
  const isUnedited = updated === created;
  return isOlder && created! <= asked! && (isUnedited || updated! < asked!);
}

/** Commands that only ask Handback something say nothing of the work. */
function isForHandback(body: string, trigger: Trigger): boolean {
  const command = parseCommand(body, trigger);
  return command !== null && ["stop", "status", "help", "mistake"].includes(command.kind);
}
