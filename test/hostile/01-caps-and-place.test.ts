import { expect, test } from "vitest";
import { pushBranch } from "../local-github/support/test-github.ts";
import { runOnLocalGitHub } from "./support/run-on-local-github.ts";

test("a run writes on what it was asked on and on the pull request that it opened, and nowhere else", async () => {
  const { server, writes, life, repository } = await runOnLocalGitHub();
  const alice = server.github.as("alice");
  await alice.openIssue("acme/widgets", { title: "Somebody else's" });
  const headSha = await pushBranch(server, "other", { "a.txt": "a\n" });
  const { publisher } = await life();
  const place = { code: "gate.place", mend: expect.stringContaining("Nothing of it was written") };
  await expect(publisher.ensureNote("x", 2, "Hello.")).rejects.toMatchObject(place);
  await expect(publisher.ensureLabels("x", 2, { add: ["agent:x"] })).rejects.toMatchObject(place);
  const review = { commitSha: headSha, body: "x", event: "COMMENT", comments: [] } as const;
  await expect(publisher.ensureReview(1, 2, review)).rejects.toMatchObject(place);
  await expect(publisher.ensureReply("x", 2, 1, "x")).rejects.toMatchObject(place);
  await expect(publisher.ensureReviewerRequested(2)).rejects.toMatchObject(place);
  expect(writes).toEqual([]);

  const pull = await publisher.ensurePullRequest({
    title: "Mine",
    body: "",
    head: "other",
    base: "main",
    closes: 1,
  });
  await publisher.ensureReview(1, pull.number, review);
  // A later life knows from the journal which pull request is its own.
  await (await life()).publisher.ensureReview(2, pull.number, { ...review, body: "Again." });
  expect(await repository.listReviews(pull.number)).toHaveLength(2);
});

test("an answer goes into a thread of the run's own pull request, whatever id a model came by", async () => {
  const { server, repository, life, writes } = await runOnLocalGitHub({});
  const headSha = await pushBranch(server, "theirs", { "a.txt": "a\n" });
  await pushBranch(server, "mine", { "b.txt": "b\n" });
  const theirs = await repository.createPull({
    title: "Theirs",
    body: "",
    head: "theirs",
    base: "main",
    draft: false,
  });
  await repository.createReview(theirs.number, {
    commitSha: headSha,
    body: "",
    event: "COMMENT",
    comments: [{ path: "a.txt", line: 1, side: "RIGHT", body: "Why?" }],
  });
  const [thread] = await repository.listReviewThreads(theirs.number);
  const { publisher } = await life();
  const mine = await publisher.ensurePullRequest({
    title: "Mine",
    body: "",
    head: "mine",
    base: "main",
    closes: 1,
  });
  const before = writes.length;
  const place = { code: "gate.place" };
  await expect(publisher.ensureReply("1", mine.number, thread!.comments[0]!.id, "x")).rejects.toMatchObject(
    place,
  );
  await expect(publisher.ensureResolved("1", mine.number, thread!.id)).rejects.toMatchObject(place);
  expect(writes).toHaveLength(before);
  expect((await repository.listReviewThreads(theirs.number))[0]).toMatchObject({ isResolved: false });
});

test("a run opens one pull request and no second one, over all its lives", async () => {
  const { server, life, writes } = await runOnLocalGitHub();
  await pushBranch(server, "one", { "a.txt": "a\n" });
  await pushBranch(server, "two", { "b.txt": "b\n" });
  const pull = { title: "T", body: "", base: "main", closes: null };
  await (await life()).publisher.ensurePullRequest({ ...pull, head: "one" });
  // The journal answers for the one that is there.
  const second = await (await life()).publisher.ensurePullRequest({ ...pull, head: "two" });
  expect(second.headRef).toBe("one");
  expect(writes.filter((name) => name === "createPull")).toHaveLength(1);
});

test("each kind of write has a cap, which counts what earlier lives wrote, and the one beyond it writes nothing", async () => {
  const { life, writes } = await runOnLocalGitHub();
  const first = await life();
  await first.publisher.ensureNote("a", 1, "Hello.");
  const { publisher } = await life();
  await publisher.ensureNote("b", 1, "Hello.");
  // What is there already is not a new one.
  await publisher.ensureNote("a", 1, "Hello.");
  await expect(publisher.ensureNote("c", 1, "Hello.")).rejects.toMatchObject({
    code: "gate.cap",
    message: "One run may make at most 2 comments, and this was one more.",
    mend: expect.stringContaining("Nothing of it was written"),
  });
  expect(writes.filter((name) => name === "createComment")).toHaveLength(2);
});

test("a push is a write with a cap of its own", async () => {
  const { life } = await runOnLocalGitHub();
  let pushes = 0;
  const make = async () => `sha-${(pushes += 1)}`;
  const { publisher } = await life();
  const push = (n: number) => publisher.ensurePush(`push-${n}`, "push", { find: async () => null, make });
  for (let n = 1; n <= 12; n += 1) await push(n);
  await expect(push(13)).rejects.toMatchObject({ code: "gate.cap" });
  expect(pushes).toBe(12);
});

test("a review with more comments than settings can ask for is refused as a whole", async () => {
  const { server, life, writes } = await runOnLocalGitHub();
  const headSha = await pushBranch(server, "mine", { "a.txt": "a\n" });
  const { publisher } = await life();
  const { number } = await publisher.ensurePullRequest({
    title: "T",
    body: "",
    head: "mine",
    base: "main",
    closes: null,
  });
  const comment = { path: "a.txt", line: 1, side: "RIGHT", body: "x" } as const;
  const review = { commitSha: headSha, body: "", event: "COMMENT" } as const;
  await expect(
    publisher.ensureReview(1, number, { ...review, comments: Array.from({ length: 51 }, () => comment) }),
  ).rejects.toMatchObject({ code: "gate.cap", fields: { count: 51 } });
  expect(writes).not.toContain("createReview");
});
