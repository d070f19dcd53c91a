import { setTimeout as sleep } from "node:timers/promises";
import { GitHubError } from "../errors.ts";
import type { GitHubRepository } from "./github.ts";

/** A comment of ours that is on the issue exactly once: looked for by its hidden marker before it is written, and after a doubt. */
export async function ensureComment(
  repository: GitHubRepository,
  comment: { issueNumber: number; marker: string; body: string },
): Promise<{ id: number; htmlUrl: string }> {
  const marker = hiddenMarker(comment.marker);
  return certainly({
    find: () => findComment(repository, comment.issueNumber, marker),
    make: () => repository.createComment(comment.issueNumber, `${comment.body}\n\n${marker}`),
  });
}

export async function findComment(
  repository: GitHubRepository,
  issueNumber: number,
  marker: string,
): Promise<{ id: number; htmlUrl: string; body: string } | null> {
  const comments = await repository.listComments(issueNumber);
  return comments.find(({ author, body }) => author === repository.botLogin && body.includes(marker)) ?? null;
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
 * Looks, then makes. When nobody knows whether GitHub did it (no answer, or a 5xx), looks again before it tries again: at most
 * three tries.
 */
export async function certainly<T>(
  write: { find: () => Promise<T | null>; make: () => Promise<T> },
  options: { pauseMs?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const found = await write.find();
    if (found !== null) return found;
    try {
      return await write.make();
    } catch (error) {
      if (!isInDoubt(error) || attempt >= 3) throw error;
      await sleep((options.pauseMs ?? 1000) * attempt);
    }
  }
}

export function isInDoubt(error: unknown): boolean {
  return error instanceof GitHubError && error.fields["ambiguous"] === true;
}
