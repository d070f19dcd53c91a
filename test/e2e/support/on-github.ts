import { listRefs } from "../../../src/local-github/git/refs.ts";
import type { CheckRun, Issue, Pull } from "../../../src/local-github/state/model.ts";
import { e2eRepository, type E2eWorld } from "../../support/e2e-world.ts";

/** What a run has left on GitHub, as a person could count it. */
export interface OnGitHub {
  readonly issue: Issue;
  /** On the issue, by the bot: kinds of reaction. */
  readonly reactions: readonly string[];
  /** On the issue, by the bot: bodies. */
  readonly comments: readonly string[];
  readonly pulls: readonly Pull[];
  /** Bodies of reviews that say something; a reply alone is none. */
  readonly reviews: readonly string[];
  /** Every thread's comments. */
  readonly threads: readonly { readonly isResolved: boolean; readonly comments: readonly string[] }[];
  readonly checkRuns: readonly CheckRun[];
  /** `main`, `agent/1-…` */
  readonly branches: readonly string[];
}

export async function onGitHub({ github }: E2eWorld, issueNumber = 1): Promise<OnGitHub> {
  const repository = github.repository(e2eRepository);
  const issue = github.state.issue(repository, issueNumber);
  if (!issue) throw new Error(`no issue ${issueNumber}`);
  const pulls = github.state.pulls(repository);
  const refs = await listRefs(repository.gitDirectory);
  const isBot = (user: { type: string }): boolean => user.type === "Bot";
  return {
    issue,
    reactions: issue.reactions.filter(({ user }) => isBot(user)).map(({ content }) => content),
    comments: issue.comments.filter(({ author }) => isBot(author)).map(({ body }) => body),
    pulls,
    reviews: pulls.flatMap((pull) => pull.reviews.map(({ body }) => body)).filter((body) => body !== ""),
    threads: pulls.flatMap((pull) =>
      pull.threads.map(({ isResolved, comments }) => ({
        isResolved,
        comments: comments.map(({ body }) => body),
      })),
    ),
    checkRuns: repository.checkRuns,
    branches: refs.flatMap(({ ref }) => (ref.startsWith("refs/heads/") ? [ref.slice(11)] : [])),
  };
}
