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

/** In the middle of the story: whatever there is already is there once. */
export async function expectNothingTwice(world: E2eWorld, when: string): Promise<void> {
  const seen = await onGitHub(world);
  const heads = seen.reviews.map((body) => body.split("\n")[0]);
  expect(seen.reactions.length, when).toBeLessThanOrEqual(1);
  expect(seen.comments.length, when).toBeLessThanOrEqual(1);
  expect(seen.pulls.length, when).toBeLessThanOrEqual(1);
  expect(new Set(heads).size, when).toBe(heads.length);
  expect(seen.threads.length, when).toBeLessThanOrEqual(1);
  expect(seen.threads[0]?.comments.length ?? 0, when).toBeLessThanOrEqual(2);
  expect(seen.checkRuns.length, when).toBeLessThanOrEqual(1);
  expect(seen.branches.length, when).toBeLessThanOrEqual(2);
}
