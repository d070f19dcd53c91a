import { expect } from "vitest";
import { asker, type E2eWorld } from "../../support/e2e-world.ts";
import { onGitHub } from "./on-github.ts";

/** The end of the story in clamp-story.ts: everything there once, however often Handback died on the way. */
export async function expectHandedBackOnce(world: E2eWorld): Promise<void> {
  const conclusion = await world.conclusion();
  const seen = await onGitHub(world);
  const [pull] = seen.pulls;
  const headSha = pull?.head.sha;
  try {
    expect(conclusion).toEqual({ kind: "handed_back", pullNumber: 2, headSha, verdict: "approve" });
    expect(world.journal.runIds()).toHaveLength(1);
    expect(seen.reactions).toEqual(["eyes"]);
    expect(seen.comments).toEqual([expect.stringMatching(/^### Handed back: #2\b.*@noor/)]);
    expect(seen.issue.labels.map(({ name }) => name)).not.toContain("agent");
    expect(seen.branches.toSorted()).toEqual(["agent/1-clamp-lets-every-value-through", "main"]);
    expect(seen.pulls).toHaveLength(1);
    expect(pull?.draft).toBe(false);
    expect(pull?.requestedReviewers.map(({ login }) => login)).toEqual([asker]);
    expect(seen.reviews).toEqual([
      expect.stringContaining("### Review: 1 finding"),
      expect.stringContaining("### Review, round 2: no findings"),
    ]);
    expect(seen.threads).toEqual([
      {
        isResolved: true,
        comments: [
          expect.stringContaining("The lower bound is ignored"),
          expect.stringContaining(`Fixed in ${headSha}.`),
        ],
      },
    ]);
    expect(seen.checkRuns.map(({ name, suite }) => [name, suite.headSha])).toEqual([["Handback", headSha]]);
    await world.until(async () => (await world.containers()).length === 0, 30_000);
    world.github.assertNoViolations();
  } catch (error) {
    if (error instanceof Error) error.message += `\n${world.story()}`;
    throw error;
  }
}
