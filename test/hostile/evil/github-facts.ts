import { listRefs } from "../../../src/local-github/git/refs.ts";
import type { Issue, Repository, ReviewThread } from "../../../src/local-github/state/model.ts";

/** All of a repository that no run owns, by name: refs with their checks, issues and pull requests with what stands in them, and its settings. */
export async function factsOf(
  repository: Repository,
  isOwn: { ref: (ref: string) => boolean; issue: (number: number) => boolean },
): Promise<Map<string, string>> {
  const { fullName, gitDirectory, checkRuns, statuses, issues } = repository;
  const facts = new Map<string, string>();
  for (const { ref, sha } of await listRefs(gitDirectory)) {
    if (isOwn.ref(ref)) continue;
    facts.set(`${fullName} ${ref}`, sha);
    const checks = checkRuns.filter(({ suite }) => suite.headSha === sha).map(({ name }) => name);
    if (checks.length > 0) facts.set(`${fullName} checks of ${sha}`, checks.join(", "));
  }
  for (const issue of issues) {
    if (!isOwn.issue(issue.number)) facts.set(`${fullName}#${issue.number}`, describe(issue));
  }
  const { labels, archived, defaultBranch, collaborators, protectedBranches } = repository;
  const ofPeople = labels.map(({ name }) => name).filter((name) => !name.startsWith("agent"));
  facts.set(
    `${fullName} itself`,
    JSON.stringify([
      ofPeople,
      archived,
      defaultBranch,
      [...collaborators],
      [...protectedBranches],
      statuses.length,
    ]),
  );
  return facts;
}

function describe(issue: Issue): string {
  const { title, body, state, labels, comments, reactions, assignees, locked, pull } = issue;
  return JSON.stringify({
    title,
    body,
    state,
    locked,
    labels: labels.map(({ name }) => name),
    assignees: assignees.map(({ login }) => login),
    comments: comments.map((comment) => [comment.author.login, comment.body, comment.reactions.length]),
    reactions: reactions.length,
    ...(pull === undefined
      ? {}
      : {
          pull: [pull.base.ref, pull.head.ref, pull.draft, pull.mergedAt],
          reviewers: pull.requestedReviewers.map(({ login }) => login),
          reviews: pull.reviews.map((review) => [review.author.login, review.state, review.body]),
          threads: pull.threads.map(describeThread),
        }),
  });
}

function describeThread({ isResolved, comments }: ReviewThread): unknown {
  return [isResolved, comments.map(({ author, body }) => [author.login, body])];
}
