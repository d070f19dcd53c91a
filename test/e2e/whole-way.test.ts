import { expect, onTestFinished, test } from "vitest";
import { asker, e2eRepository, E2eWorld } from "../support/e2e-world.ts";
import { evidence, findingLine, findingTitle, unseen } from "./support/clamp-story.ts";
import { expectHandedBackOnce } from "./support/handed-back-once.ts";
import { onGitHub } from "./support/on-github.ts";

test(
  "a label becomes a reviewed pull request that is handed back to who asked",
  { timeout: 120_000 },
  async () => {
    const world = await E2eWorld.start();
    onTestFinished(() => world[Symbol.asyncDispose]());
    await world.startHandback();
    const mainBefore = await world.github.git.resolve(world.github.repository(e2eRepository), "main");

    await world.ask();

    await expectHandedBackOnce(world);
    const { pulls, comments, checkRuns, issue } = await onGitHub(world);
    const [pull] = pulls;
    const [firstReview, secondReview] = pull!.reviews.filter(({ body }) => body !== "");
    const [thread] = pull!.threads;
    const [finding, reply] = thread!.comments;

    // The pull request: opened as a draft on the run's own branch, closing the issue, and nothing else was pushed.
    expect(pull!.issue.title).toBe("Clamp values to the upper bound");
    expect(pull!.issue.body).toMatch(/^Closes #1$/m);
    expect(pull!.issue.body).toContain("`node check.js`: ✅ passed");
    expect(pull!.issue.author.login).toMatch(/\[bot\]$/);
    const opening = world.door.writes.find(({ path }) => path.endsWith("/pulls"));
    expect(JSON.parse(opening!.body)).toMatchObject({ draft: true, base: "main" });
    const main = await world.github.git.resolve(world.github.repository(e2eRepository), "main");
    expect(main).toEqual(mainBefore);

    // One review a round, each on the commit that was reviewed; the finding stands on the changed line with its evidence.
    expect(firstReview!.state).toBe("COMMENTED");
    expect(secondReview!.commitId).toBe(pull!.head.sha);
    expect(firstReview!.commitId).not.toBe(pull!.head.sha);
    expect(thread).toMatchObject({ path: "clamp.js", originalLine: findingLine, side: "RIGHT" });
    expect(finding!.review).toBe(firstReview);
    expect(finding!.body).toContain(findingTitle);
    expect(finding!.body).toContain(evidence);
    expect(reply!.body).toContain(`Fixed in ${pull!.head.sha}. Right, the lower bound was forgotten.`);

    // Reviewers and whoever doubts them are told the task, the diff and the checks: no sentence of planner or coder.
    const told = (speaker: RegExp) =>
      JSON.stringify(world.model.requests.filter(({ system }) => speaker.test(JSON.stringify(system))));
    const reviewers = told(/You are the (?:reviewer|refuter) of/);
    for (const sentence of Object.values(unseen)) expect(reviewers).not.toContain(sentence);
    expect(reviewers).toContain("Math.min(value, high)");
    expect(told(/You are the refuter of/)).toContain(findingTitle);
    expect(told(/You are the coder of/)).toContain(unseen.plan);
    expect(told(/You are the coder of/)).toContain(unseen.thought);

    // The packet, at the end of the one status comment and on the check run.
    const [status] = comments;
    for (const packet of [status, checkRuns[0]!.output.summary]) {
      expect(packet).toContain(pull!.head.sha.slice(0, 7));
      expect(packet).toContain("`node check.js`");
      expect(packet).toMatch(/coder/);
    }
    expect(status).toContain(`@${asker}`);
    expect(checkRuns[0]).toMatchObject({ status: "completed", conclusion: "success" });
    expect(issue.state).toBe("open");

    // Told by edits of that comment, never by a second one; steps before the end were seen on it.
    const edits = world.door.writes.filter(
      ({ method, path }) => method === "PATCH" && /issues\/comments/.test(path),
    );
    expect(edits.length).toBeGreaterThanOrEqual(2);
    expect(edits[0]!.body).toContain("Handback is working on this");
  },
);
