import { GitHubError } from "../errors.ts";
import type { GitHubRepository, NewReview } from "./github.ts";

type Posted = { id: number; htmlUrl: string };

/** How a review is looked for and made. `fold`: the whole body when the comments in lines, as texts, have to stand in it. */
export function reviewWrite(
  repository: GitHubRepository,
  options: {
    pullNumber: number;
    marker: string;
    review: NewReview;
    fold: (texts: readonly string[]) => string;
  },
): { find: () => Promise<Posted | null>; make: () => Promise<Posted> } {
  const { pullNumber, marker, review, fold } = options;
  return {
    find: async () => {
      const reviews = await repository.listReviews(pullNumber);
      const ours = reviews.find((one) => one.author === repository.botLogin && one.body.includes(marker));
      return ours === undefined ? null : { id: ours.id, htmlUrl: ours.htmlUrl };
    },
    make: async () => {
      try {
        const { id, htmlUrl } = await repository.createReview(pullNumber, review);
        return { id, htmlUrl };
      } catch (error) {
        if (!(error instanceof GitHubError) || error.fields["status"] !== 422) throw error;
        const folded = review.comments.map(({ path, line, body }) => `\`${path}:${line}\`\n\n${body}`);
        const { id, htmlUrl } = await repository.createReview(pullNumber, {
          commitSha: review.commitSha,
          body: fold(folded),
          event: "COMMENT",
          comments: [],
        });
        return { id, htmlUrl };
      }
    },
  };
}
