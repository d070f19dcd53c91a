import { createHash } from "node:crypto";
import { printable } from "../agent/printable.ts";
import { visibleText } from "../agent/visible-text.ts";

/** What is to be done, as every role gets it. Texts are as GitHub has them; they are cleaned here. */
export interface Task {
  readonly title: string;
  readonly body: string;
  /** Login of who wrote the issue. */
  readonly author: string;
  /** What the person who asked wrote after the command; "" when nothing. */
  readonly request: string;
  /** Login of who asked. */
  readonly asker: string;
  /** AGENTS.md or CLAUDE.md of the base commit; "" when there is none. */
  readonly notes: string;
  /** The branch that carries the change. */
  readonly branch: string;
  /** Commands that must pass in the end. */
  readonly verify: readonly string[];
}

/** The task as the head of a first message. What people wrote stands there as data, with its author. */
export function describeTask(task: Task): string {
  const parts = [
    "# Task",
    quoteData({ kind: "issue", author: task.author, text: `${task.title}\n\n${task.body}` }),
  ];
  if (task.request.trim() !== "") {
    parts.push("What the person who asked for this run adds:");
    parts.push(quoteData({ kind: "request", author: task.asker, text: task.request }));
  }
  if (task.notes.trim() !== "") {
    parts.push("Notes of the repository for people and agents who work in it (from its base branch):");
    parts.push(quoteData({ kind: "notes", author: "the repository", text: task.notes }));
  }
  parts.push(
    task.verify.length > 0
      ? `Checks which must pass in the end:\n${task.verify.map((command) => `- \`${command}\``).join("\n")}`
      : "No check commands are known; find out how it is checked.",
  );
  return parts.join("\n\n");
}

/**
 * Somebody's text between two marks which the text cannot hold, since they carry its own hash; cut beyond `limit`
 * characters. Prose is reduced to what a person sees of it rendered; in code, hidden characters are shown.
 */
export function quoteData(data: {
  kind: string;
  author: string;
  text: string;
  as?: "prose" | "code";
  limit?: number;
}): string {
  const { kind, author, as = "prose", limit = 24_000 } = data;
  const clean = as === "prose" ? visibleText(data.text) : printable(data.text).trim();
  const text =
    clean.length > limit ? `${clean.slice(0, limit)}\n[cut: ${clean.length} characters in all]` : clean;
  const mark = `${kind}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
  const by = visibleText(author).replace(/["<>\n]/g, "");
  return `<${mark} author="${by}">\n${text || "(empty)"}\n</${mark}>`;
}
