import { expect, test } from "vitest";
import { git, mintToken, pushBranch, startTestGitHub, sumFile } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("an issue becomes a merged pull request over the API, git and webhooks", async () => {
  const world = await startTestGitHub();
  const { github, octokit, receiver } = world;

  const issue = await github.as("alice").openIssue("acme/widgets", { title: "sum subtracts" });
  await github.as("alice").addLabel("acme/widgets", issue.number, "agent");
  await github.webhooksSettled();
  expect(receiver.names).toEqual(["issues.opened", "issues.labeled"]);
  expect(receiver.received.every((one) => one.signatureIsGood)).toBe(true);

  const fixed = sumFile.replace("a - b", "a + b");
  const headSha = await pushBranch(world, "fix-sum", { "src/sum.js": fixed });
  const { data: pull } = await octokit.rest.pulls.create({
    ...repo,
    title: "Add instead of subtracting",
    body: `Fixes #${issue.number}`,
    head: "fix-sum",
    base: "main",
    draft: true,
  });
  expect(pull).toMatchObject({ draft: true, changed_files: 1, additions: 1, deletions: 1, mergeable: true });
  expect(pull.head.sha).toBe(headSha);

  const { data: review } = await octokit.rest.pulls.createReview({
    ...repo,
    pull_number: pull.number,
    event: "COMMENT",
    body: "One remark",
    comments: [{ path: "src/sum.js", line: 2, body: "```suggestion\n  return b + a;\n```" }],
  });
  expect(review).toMatchObject({ state: "COMMENTED", user: { login: "handback-test[bot]", type: "Bot" } });

  const { data: check } = await octokit.rest.checks.create({
    ...repo,
    name: "verify",
    head_sha: headSha,
    status: "completed",
    conclusion: "success",
  });
  expect(check.status).toBe("completed");

  await octokit.graphql(
    "mutation ($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } } }",
    { id: pull.node_id },
  );
  await github.as("alice").merge("acme/widgets", pull.number, { method: "squash" });

  const { data: closed } = await octokit.rest.issues.get({ ...repo, issue_number: issue.number });
  expect(closed.state).toBe("closed");
  const clone = `${world.directory}/after`;
  const token = await mintToken(world);
  await git(
    world.directory,
    "clone",
    "--quiet",
    `http://x-access-token:${token}@${new URL(github.url).host}/acme/widgets.git`,
    clone,
  );
  expect(await git(clone, "show", "HEAD:src/sum.js")).toContain("a + b");

  await github.webhooksSettled();
  expect(receiver.names.slice(2)).toEqual([
    "push",
    "create",
    "check_suite.requested",
    "pull_request.opened",
    "pull_request_review.submitted",
    "pull_request_review_comment.created",
    "check_run.created",
    "check_run.completed",
    "check_suite.completed",
    "pull_request.ready_for_review",
    "pull_request.closed",
    "issues.closed",
    "push",
    "check_suite.requested",
  ]);
  github.assertNoViolations();
});
