import { setTimeout as sleep } from "node:timers/promises";
import { GitHubError } from "../errors.ts";
import type { GitHubRepository } from "./github.ts";

/** A comment of ours that is on the issue exactly once: looked for by its hidden marker before it is written, and after a doubt. */
export async function ensureComment(
  repository: GitHubRepository,
  comment: { issueNumber: number; marker: string; body: string },
): Promise<{ id: number; htmlUrl: string }> {
  const marker = hiddenMarker(comment.marker);
  const find = () => findComment(repository, comment.issueNumber, marker);
  const make = () => repository.createComment(comment.issueNumber, `${comment.body}\n\n${marker}`);
  return (await find()) ?? (await makeSurely({ find, make }));
}

export async function findComment(
  repository: GitHubRepository,
  issueNumber: number,
  marker: string,
): Promise<{ id: number; htmlUrl: string } | null> {
  const comments = await repository.listComments(issueNumber);
  const ours = comments.find(({ author, body }) => author === repository.botLogin && body.includes(marker));
  return ours === undefined ? null : { id: ours.id, htmlUrl: ours.htmlUrl };
}

/** Invisible on GitHub. Only what an HTML comment can hold stays in it: no `--`, no `>`. */
export function hiddenMarker(key: string): string {
  const safe = key
    .replace(/[^A-Za-z0-9:_./[\]#-]/g, "_")
    .replace(/-{2,}/g, "-")
    .slice(0, 200);
  return `<!-- handback:${safe} -->`;
}

/**
 * Makes a write of which `find` has seen nothing. When nobody knows whether GitHub did it (no answer, or a 5xx), it looks again
 * before the next try: at most three tries, and none after `signal`.
 */
export async function makeSurely<T>(
  write: { find: () => Promise<T | null>; make: () => Promise<T> },
  options: { pauseMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write.make();
    } catch (error) {
      const isInDoubt = error instanceof GitHubError && error.fields["ambiguous"] === true;
      if (!isInDoubt || attempt >= 3) throw error;
      await sleep((options.pauseMs ?? 1000) * attempt);
      const found = await write.find();
      if (found !== null) return found;
      options.signal?.throwIfAborted();
    }
  }
}
