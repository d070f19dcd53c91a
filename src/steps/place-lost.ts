import { GitHubError, RunError } from "../errors.ts";
import type { GitHubRepository } from "../github/github.ts";

/**
 * GitHub's bare 403 or 404 in the words of what has happened to the place where the run was asked for: its repository was archived,
 * its issue deleted or moved. Anything else is returned as it is.
 */
export async function placeLost(
  error: unknown,
  place: { repository: GitHubRepository; issueNumber: number },
): Promise<unknown> {
  const status = error instanceof GitHubError ? error.fields["status"] : null;
  try {
    if (status === 403 && (await place.repository.getInfo()).archived) return archived(error);
    const mayBeGone = status === 404 || status === 410;
    if (mayBeGone && (await place.repository.getIssue(place.issueNumber)) === null) return issueGone(error);
  } catch {
    // What cannot be asked for now leaves the first error as it is.
  }
  return error;
}

export function archived(cause?: unknown): RunError {
  return new RunError(
    "repository.archived",
    "This repository is archived, so nothing can be written to it.",
    {
      mend: "Unarchive it in its settings on GitHub, then write the command again.",
      cause,
    },
  );
}

export function issueGone(cause?: unknown): RunError {
  return new RunError("issue.gone", "The issue is gone: it was deleted or moved to another repository.", {
    mend: "Write `/agent` on the issue where it is now, or on a new one.",
    cause,
  });
}
