import { createHash } from "node:crypto";
import type { Comment } from "../github/github.ts";
import type { Trigger } from "../triggers/trigger.ts";

/** What the run goes by, and what of it reads otherwise on GitHub by now. */
export interface TriggerWords {
  /** SHA-256 over the JSON list of title, body and the command's text, as the webhook had them. */
  readonly sha256: string;
  readonly editedSince: readonly ("text" | "command")[];
}

/** The webhook's words stay those of the run; `now` only tells whether somebody changed them since. */
export function triggerWords(
  trigger: Trigger,
  now: { title: string; body: string; comments: readonly Comment[] },
): TriggerWords {
  const { subject, command, commentId, at } = trigger;
  const asked = "text" in command ? command.text : "focus" in command ? command.focus : "";
  const words = JSON.stringify([subject.title, subject.body, asked]);
  const comment = now.comments.find(({ id }) => id === commentId);
  const isCommandChanged =
    commentId !== null && (comment === undefined || Date.parse(comment.updatedAt) > Date.parse(at));
  return {
    sha256: createHash("sha256").update(words).digest("hex"),
    editedSince: [
      ...(now.title === subject.title && now.body === subject.body ? [] : (["text"] as const)),
      ...(isCommandChanged ? (["command"] as const) : []),
    ],
  };
}
