import { expect, test } from "vitest";
import { asPerson, pushBranch, startTestGitHub, sumFile, type TestGitHub } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };
const at = { ...repo, pull_number: 1 };
const fixed = sumFile.replace("a - b", "a + b");

/** A pull request by alice which changes line 2 of src/sum.js. */
async function startWithPull(): Promise<TestGitHub & { headSha: string }> {
  const world = await startTestGitHub();
  const headSha = await pushBranch(world, "fix", { "src/sum.js": fixed });
  await world.github.as("alice").openPull("acme/widgets", { title: "t", head: "fix", base: "main" });
  await world.github.webhooksSettled();
  world.receiver.clear();
  return { ...world, headSha };
}

test("one review carries comments on lines and spans, and each is told after it", async () => {
  const { github, octokit, receiver, headSha } = await startWithPull();

  const { data: review } = await octokit.rest.pulls.createReview({
    ...at,
    commit_id: headSha,
    event: "REQUEST_CHANGES",
    body: "Two things",
    comments: [
      { path: "src/sum.js", line: 2, side: "RIGHT", body: "```suggestion\n  return b + a;\n```" },
      { path: "src/sum.js", start_line: 1, start_side: "RIGHT", line: 3, side: "RIGHT", body: "All of it" },
      { path: "src/sum.js", line: 2, side: "LEFT", body: "This was wrong" },
    ],
  });

  expect(review).toMatchObject({ state: "CHANGES_REQUESTED", commit_id: headSha, body: "Two things" });
  const comments = (await octokit.rest.pulls.listReviewComments(at)).data;
  expect(
    comments.map(({ line, start_line, side, diff_hunk }) => [
      line,
      start_line,
      side,
      diff_hunk.split("\n").at(-1),
    ]),
  ).toEqual([
    [2, null, "RIGHT", "+  return a + b;"],
    [3, 1, "RIGHT", " }"],
    [2, null, "LEFT", "-  return a - b;"],
  ]);
  const ofReview = await octokit.rest.pulls.listCommentsForReview({ ...at, review_id: review.id });
  expect(ofReview.data).toHaveLength(3);
  expect((await octokit.rest.pulls.getReview({ ...at, review_id: review.id })).data.id).toBe(review.id);
  expect((await octokit.rest.pulls.listReviews(at)).data).toHaveLength(1);
  await github.webhooksSettled();
  expect(receiver.names).toEqual([
    "pull_request_review.submitted",
    "pull_request_review_comment.created",
    "pull_request_review_comment.created",
    "pull_request_review_comment.created",
  ]);
  expect(receiver.received[0]?.payload).toMatchObject({ review: { state: "changes_requested" } });
});

test("a review with one wrong place leaves nothing behind", async () => {
  const { octokit } = await startWithPull();
  const review = (comment: object): Promise<unknown> =>
    octokit.rest.pulls.createReview({
      ...at,
      event: "COMMENT",
      body: "b",
      comments: [
        { path: "src/sum.js", line: 2, body: "good" },
        { path: "src/sum.js", line: 2, body: "bad", ...comment },
      ],
    });
  const refused = (error: string): object => ({ status: 422, response: { data: { errors: [error] } } });

  await expect(review({ line: 20 })).rejects.toMatchObject(refused("Line could not be resolved"));
  await expect(review({ path: "README.md" })).rejects.toMatchObject(refused("Path could not be resolved"));
  await expect(review({ line: 3, start_line: 20 })).rejects.toMatchObject(
    refused("Start line could not be resolved"),
  );
  await expect(review({ line: 2, start_line: 3 })).rejects.toMatchObject({ status: 422 });
  expect((await octokit.rest.pulls.listReviews(at)).data).toEqual([]);
  expect((await octokit.rest.pulls.listReviewComments(at)).data).toEqual([]);
});

test("nobody judges their own pull request, and an empty review is none", async () => {
  const world = await startWithPull();
  const alice = asPerson(world, "alice");
  const refused = (error: string): object => ({ status: 422, response: { data: { errors: [error] } } });

  await expect(alice.rest.pulls.createReview({ ...at, event: "APPROVE" })).rejects.toMatchObject(
    refused("Can not approve your own pull request"),
  );
  await expect(
    alice.rest.pulls.createReview({ ...at, event: "REQUEST_CHANGES", body: "x" }),
  ).rejects.toMatchObject(refused("Can not request changes on your own pull request"));
  expect((await alice.rest.pulls.createReview({ ...at, event: "COMMENT", body: "note" })).status).toBe(200);
  await expect(
    world.octokit.rest.pulls.createReview({ ...at, event: "COMMENT", body: "" }),
  ).rejects.toMatchObject({ status: 422 });
  await expect(
    world.octokit.rest.pulls.createReview({ ...at, event: "REQUEST_CHANGES" }),
  ).rejects.toMatchObject({ status: 422 });
  expect((await world.octokit.rest.pulls.createReview({ ...at, event: "APPROVE" })).data.state).toBe(
    "APPROVED",
  );
});

test("a review may wait, be seen by its author only, and be submitted, dropped or dismissed", async () => {
  const world = await startWithPull();
  const { octokit } = world;
  const { data: pending } = await octokit.rest.pulls.createReview({ ...at, body: "later" });
  const one = { ...at, review_id: pending.id };

  expect(pending).toMatchObject({ state: "PENDING" });
  expect(pending.submitted_at).toBeUndefined();
  expect((await asPerson(world, "alice").rest.pulls.listReviews(at)).data).toEqual([]);
  await expect(octokit.rest.pulls.createReview({ ...at, body: "more" })).rejects.toMatchObject({
    status: 422,
  });
  await octokit.rest.pulls.updateReview({ ...one, body: "now" });
  expect((await octokit.rest.pulls.submitReview({ ...one, event: "APPROVE" })).data).toMatchObject({
    state: "APPROVED",
    body: "now",
  });
  await expect(octokit.rest.pulls.submitReview({ ...one, event: "APPROVE" })).rejects.toMatchObject({
    status: 422,
  });
  expect((await octokit.rest.pulls.dismissReview({ ...one, message: "stale" })).data.state).toBe("DISMISSED");
  const { data: second } = await octokit.rest.pulls.createReview({ ...at });
  expect((await octokit.rest.pulls.deletePendingReview({ ...at, review_id: second.id })).status).toBe(200);
  expect((await octokit.rest.pulls.listReviews(at)).data).toHaveLength(1);
});

test("a comment alone, a reply, an edit and a deletion", async () => {
  const { github, octokit, receiver, headSha } = await startWithPull();
  const { data: comment } = await octokit.rest.pulls.createReviewComment({
    ...at,
    commit_id: headSha,
    path: "src/sum.js",
    line: 2,
    body: "Why?",
  });
  const { data: reply } = await octokit.rest.pulls.createReplyForReviewComment({
    ...at,
    comment_id: comment.id,
    body: "So.",
  });

  expect(reply.in_reply_to_id).toBe(comment.id);
  expect(reply.pull_request_review_id).not.toBe(comment.pull_request_review_id);
  const replyToReply = octokit.rest.pulls.createReplyForReviewComment({
    ...at,
    comment_id: reply.id,
    body: "x",
  });
  await expect(replyToReply).rejects.toMatchObject({ status: 404 });
  const outside = octokit.rest.pulls.createReviewComment({
    ...at,
    commit_id: headSha,
    path: "src/sum.js",
    line: 20,
    body: "x",
  });
  await expect(outside).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ field: "pull_request_review_thread.line" }] } },
  });
  await octokit.rest.pulls.updateReviewComment({ ...repo, comment_id: reply.id, body: "So it is." });
  expect((await octokit.rest.pulls.getReviewComment({ ...repo, comment_id: reply.id })).data.body).toBe(
    "So it is.",
  );
  const target = { ...repo, comment_id: comment.id };
  const { data: reaction } = await octokit.rest.reactions.createForPullRequestReviewComment({
    ...target,
    content: "+1",
  });
  expect((await octokit.rest.reactions.listForPullRequestReviewComment(target)).data).toHaveLength(1);
  await octokit.rest.reactions.deleteForPullRequestComment({ ...target, reaction_id: reaction.id });
  await octokit.rest.pulls.deleteReviewComment({ ...repo, comment_id: reply.id });
  expect((await octokit.rest.pulls.listReviewComments(at)).data).toHaveLength(1);
  await github.webhooksSettled();
  expect(receiver.names).toEqual([
    "pull_request_review.submitted",
    "pull_request_review_comment.created",
    "pull_request_review.submitted",
    "pull_request_review_comment.created",
    "pull_request_review_comment.edited",
    "pull_request_review_comment.deleted",
  ]);
});

const threadsQuery = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { isDraft reviewThreads(first: 1, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id isResolved isOutdated path line comments(first: 10) { nodes { databaseId body author { login } } } }
  } } }
}`;
const variables = { owner: "acme", name: "widgets", number: 1 };

type Threads = {
  repository: {
    pullRequest: {
      isDraft: boolean;
      reviewThreads: {
        pageInfo: { hasNextPage: boolean; endCursor: string };
        nodes: {
          id: string;
          isResolved: boolean;
          isOutdated: boolean;
          line: number | null;
          comments: { nodes: unknown[] };
        }[];
      };
    };
  };
};

test("threads are read, resolved and opened again over GraphQL", async () => {
  const { github, octokit, receiver } = await startWithPull();
  const review = await github.as("bob").submitReview("acme/widgets", 1, {
    event: "COMMENT",
    comments: [
      { path: "src/sum.js", line: 2, body: "one" },
      { path: "src/sum.js", line: 3, body: "two" },
    ],
  });
  const read = async (after?: string): Promise<Threads["repository"]["pullRequest"]["reviewThreads"]> =>
    (await octokit.graphql<Threads>(threadsQuery, { ...variables, after })).repository.pullRequest
      .reviewThreads;

  const first = await read();
  expect(first).toMatchObject({
    pageInfo: { hasNextPage: true },
    nodes: [
      {
        isResolved: false,
        isOutdated: false,
        path: "src/sum.js",
        line: 2,
        comments: { nodes: [{ body: "one", author: { login: "bob" } }] },
      },
    ],
  });
  expect((await read(first.pageInfo.endCursor)).nodes[0]?.line).toBe(3);
  const mutate = (name: string, id: string): Promise<unknown> =>
    octokit.graphql(
      `mutation ($id: ID!) { ${name}(input: { threadId: $id }) { thread { isResolved resolvedBy { login } } } }`,
      { id },
    );
  await mutate("resolveReviewThread", first.nodes[0]!.id);
  expect((await read()).nodes[0]?.isResolved).toBe(true);
  await mutate("unresolveReviewThread", first.nodes[0]!.id);
  expect((await read()).nodes[0]?.isResolved).toBe(false);
  await expect(mutate("resolveReviewThread", "PRRT_nonsense")).rejects.toThrow("Could not resolve to a node");
  await expect(octokit.graphql("{ viewer { email } }")).rejects.toThrow('Cannot query field "email"');
  await github.webhooksSettled();
  expect(review.state).toBe("COMMENTED");
  expect(receiver.names.slice(-2)).toEqual([
    "pull_request_review_thread.resolved",
    "pull_request_review_thread.unresolved",
  ]);
});

test("after a push a thread follows its line, and is outdated when the line was changed", async () => {
  const world = await startWithPull();
  const { github, octokit } = world;
  await github.as("bob").submitReview("acme/widgets", 1, {
    event: "COMMENT",
    comments: [
      { path: "src/sum.js", line: 2, body: "changes" },
      { path: "src/sum.js", line: 3, body: "moves" },
    ],
  });

  const changed = `// first\n${fixed.replace("a + b", "b + a")}`;
  const headSha = await pushBranch(world, "fix", { "src/sum.js": changed });

  const comments = (await octokit.rest.pulls.listReviewComments(at)).data;
  expect(
    comments.map(({ body, line, original_line, position }) => [body, line, original_line, position === null]),
  ).toEqual([
    ["changes", null, 2, true],
    ["moves", 4, 3, false],
  ]);
  expect(comments[1]?.commit_id).toBe(headSha);
});

test("a draft is made ready and a draft again over GraphQL, which needs the permission", async () => {
  const world = await startWithPull();
  const { github, octokit } = world;
  const { data: pull } = await octokit.rest.pulls.get(at);
  const mutate = (name: string): Promise<unknown> =>
    octokit.graphql(
      `mutation ($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
      { id: pull.node_id },
    );

  await mutate("convertPullRequestToDraft");
  expect((await octokit.rest.pulls.get(at)).data).toMatchObject({ draft: true, mergeable_state: "draft" });
  await mutate("markPullRequestReadyForReview");
  expect((await octokit.rest.pulls.get(at)).data.draft).toBe(false);
  await expect(octokit.rest.pulls.update({ ...at, draft: false } as typeof at)).rejects.toMatchObject({
    status: 400,
  });
  github.violations.length = 0;
  const stranger = asPerson(world, "bob").graphql(
    "mutation ($id: ID!) { convertPullRequestToDraft(input: { pullRequestId: $id }) { clientMutationId } }",
    { id: pull.node_id },
  );
  await expect(stranger).rejects.toThrow("not accessible");
});
