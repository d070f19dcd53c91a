import path from "node:path";
import { createApp, installApp } from "../../../src/local-github/actions/apps.ts";
import { createCheckRun } from "../../../src/local-github/actions/checks.ts";
import { createComment, updateComment } from "../../../src/local-github/actions/comments.ts";
import { createIssue } from "../../../src/local-github/actions/issues.ts";
import { addLabels, createLabel, setLabels } from "../../../src/local-github/actions/labels.ts";
import { createPull, requestReviewers, setDraft } from "../../../src/local-github/actions/pulls.ts";
import { refsChanged } from "../../../src/local-github/actions/push.ts";
import { addReaction } from "../../../src/local-github/actions/reactions.ts";
import { createRepository } from "../../../src/local-github/actions/repositories.ts";
import { setResolved } from "../../../src/local-github/actions/review-threads.ts";
import { createReply, createReview } from "../../../src/local-github/actions/reviews.ts";
import { createUser } from "../../../src/local-github/actions/users.ts";
import type { Actor } from "../../../src/local-github/world.ts";
import { headOf, makeSource, moveBranch, type PagesServer } from "./page-world.ts";
import * as sample from "./rich-texts.ts";

const bot = "Handback <handback[bot]@users.noreply.example.com>";

/** A repository with an issue which became a reviewed pull request, with all that a page can show. */
export async function buildRichPull({ world, folder }: PagesServer) {
  const source = await makeSource(path.join(folder, "till-source"), [
    { message: "Begin the till", files: { "README.md": sample.readme, "src/split.ts": sample.splitBefore } },
    { message: "Test the split", files: { "test/split.test.ts": sample.testBefore } },
    {
      branch: "agent/1-lost-cent",
      message: "Give the odd cents to the first guests\n\nThe remainder was rounded away.",
      files: { "src/split.ts": sample.splitFirst, "test/split.test.ts": sample.testFirst },
      author: bot,
    },
    {
      branch: "agent/1-lost-cent",
      message: "Refuse a table without guests",
      files: {
        "src/split.ts": sample.splitSecond,
        "assets/receipt.png": Buffer.from([137, 80, 78, 71, 0, 1, 2]),
      },
      author: bot,
    },
  ]);
  const branch = "agent/1-lost-cent";
  const repository = await createRepository(world, folder, {
    fullName: "acme/till",
    source,
    defaultBranch: "main",
    description: "Splits a bill among guests, to the cent.",
    protectedBranches: { main: {} },
  });
  const head = await headOf(source, branch);
  const [, firstPush] = [head, (await world.git.commits(repository, head))[1]?.sha ?? ""];
  await moveBranch(repository.gitDirectory, branch, firstPush);

  const ada: Actor = {
    user: createUser(world, { login: "ada", name: "Ada Lind", email: "ada@example.com" }),
    app: undefined,
  };
  const jonas: Actor = { user: createUser(world, { login: "jonas-berg" }), app: undefined };
  repository.collaborators.set("ada", "write").set("jonas-berg", "maintain");
  const permissions = {
    issues: "write",
    checks: "write",
    contents: "write",
    pull_requests: "write",
  } as const;
  const { app } = await createApp(world, {
    name: "Handback",
    owner: repository.owner,
    permissions,
    events: [],
  });
  installApp(world, app, { repositories: [repository] });
  const handback = { user: app.bot, app };
  createLabel(world, repository, { name: "agent", color: "5319e7", description: "Handback takes this on" });
  createLabel(world, repository, { name: "agent: handed back", color: "0e8a16" });

  const issue = await createIssue(world, repository, ada, {
    title: "A cent gets lost when a bill is split",
    body: sample.issueBody,
  });
  await addLabels(world, issue, ada, ["bug"]);
  await addLabels(world, issue, jonas, ["agent"]);
  const command = createComment(world, issue, jonas, "/agent do it, and keep the order of the guests");
  addReaction(world, command, handback, "eyes");
  const status = createComment(world, issue, handback, "Working…");
  updateComment(world, status, handback, sample.packet(head));

  const pull = await createPull(world, repository, handback, {
    title: "Give the odd cents to the first guests",
    body: sample.pullBody,
    head: branch,
    base: "main",
    draft: true,
  });
  await createCheckRun(world, repository, handback, {
    name: "verify / npm test",
    headSha: firstPush,
    conclusion: "failure",
  });
  const review = await createReview(world, pull, handback, {
    event: "COMMENT",
    body: sample.reviewBody,
    comments: [
      { path: "src/split.ts", line: 9, startLine: 8, body: sample.suggestionBody },
      { path: "src/split.ts", line: 6, body: sample.findingBody },
      {
        path: "test/split.test.ts",
        line: 9,
        body: "This checks the sum only; the order of the guests matters too (see #1).",
      },
    ],
  });
  const [suggestion, finding, order] = pull.threads;
  if (!suggestion || !finding || !order) throw new Error("the review has three threads");
  await moveBranch(repository.gitDirectory, branch, head);
  await refsChanged(world, repository, handback, [
    { ref: `refs/heads/${branch}`, before: firstPush, after: head },
  ]);
  for (const thread of [finding, suggestion]) {
    const [first] = thread.comments;
    if (first) createReply(world, first, handback, `Fixed in ${head.slice(0, 7)}.`);
  }
  setResolved(world, finding, handback, true);
  const summary = sample.checkSummary;
  await createCheckRun(world, repository, handback, {
    name: "verify / npm test",
    headSha: head,
    conclusion: "success",
    output: { title: "12 tests passed", summary },
  });
  await createCheckRun(world, repository, handback, {
    name: "verify / lint",
    headSha: head,
    conclusion: "neutral",
  });
  await createCheckRun(world, repository, handback, {
    name: "verify / types",
    headSha: head,
    status: "in_progress",
  });
  await setDraft(world, pull, handback, false);
  await requestReviewers(world, pull, handback, ["jonas-berg", "ada"]);
  await setLabels(world, issue, handback, ["bug", "agent: handed back"]);
  await createReview(world, pull, ada, {
    event: "APPROVE",
    body: "Reads well, thank you. @jonas-berg, yours?",
  });
  const question = createComment(world, pull.issue, jonas, sample.questionBody);
  addReaction(world, question, ada, "+1");
  addReaction(world, question, handback, "eyes");
  return { repository, issue, pull, review, head, firstPush, actors: { ada, jonas, handback } };
}
