import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../src/settings/load-settings.ts";
import { handBack } from "../../src/steps/hand-back.ts";
import { renderPacket } from "../../src/steps/packet-markdown.ts";
import { makePacket } from "../../src/steps/packet.ts";
import { git, pushBranch } from "../local-github/support/test-github.ts";
import { waitingBranch, waitingPull } from "../support/waiting-pull.ts";
import { pushOnLocalGitHub } from "./support/push-on-local-github.ts";

/** GitHub's documented form: two empty lines, then the trailer at the end of the message. */
const asksCiNotToRun = /\n\n\nskip-checks: ?true\n*$/;

test("with `ci: after_approval` the head of every push asks CI not to run, and the change is the coder's", async () => {
  const world = await pushOnLocalGitHub({ settings: "ci: after_approval" });
  const { work, baseSha } = world;
  writeFileSync(join(work, "a.txt"), "one\n");
  await git(work, "add", "-A");
  world.commit("Add one");
  const tree = await git(work, "rev-parse", "HEAD^{tree}");
  const first = await world.push(baseSha, true);
  let head = await world.head();
  expect(head).toMatchObject({ sha: first.headSha, tree, commits: 2 });
  expect(head.author).toBe("Handback <handback@users.noreply.github.com>");
  expect(head.message).toMatch(asksCiNotToRun);

  // A revision stands on what was pushed, and waits as well.
  await git(work, "reset", "--quiet", "--hard", first.headSha);
  writeFileSync(join(work, "a.txt"), "two\n");
  world.commit("Make it two");
  const second = await world.push(first.headSha, false);
  head = await world.head();
  expect(head).toMatchObject({ sha: second.headSha, commits: 4 });
  expect(head.message).toMatch(asksCiNotToRun);
});

test("a life that died after the push finds its own commit there, since the host's commit is the same each time", async () => {
  const world = await pushOnLocalGitHub({ settings: "ci: after_approval" });
  world.commit("Change");
  const { open, task, baseSha } = world;
  await world.push(baseSha, true);
  const before = await world.head();
  const bench = await open.bench(task, AbortSignal.timeout(10_000));
  const parent = await git(world.work, "rev-parse", "FETCH_HEAD^");
  const again = await bench.git.emptyCommit({
    gitDir: join(world.work, ".git"),
    parent,
    message: before.message.replace(/\n$/, ""),
  });
  expect(again).toBe(before.sha);
});

test("without the setting nothing is added", async () => {
  const world = await pushOnLocalGitHub();
  const sha = world.commit("Change");
  expect(await world.push(world.baseSha, true)).toEqual({ headSha: sha });
  expect(await world.head()).toMatchObject({
    sha,
    commits: 1,
    message: expect.not.stringMatching(/skip-checks/),
  });
});

test("a coder cannot ask for it, nor take it back", async () => {
  const world = await pushOnLocalGitHub();
  world.commit("Change\n\n\nskip-checks: true\n");
  await expect(world.push(world.baseSha, true)).rejects.toMatchObject({ code: "quarantine.commit_message" });
  expect(await world.repository.getBranch(world.task.branch)).toBeNull();
});

describe("an approval of our own pull request", () => {
  test("starts CI by an empty commit on top of what was approved", async () => {
    const { approve, work, head, show, headSha, comments } = await waitingPull();
    await approve("alice");
    const [run] = await work();
    const started = head();
    expect(run!.state).toEqual({
      status: "completed",
      conclusion: { kind: "ci_started", pullNumber: 1, approvedSha: headSha, headSha: started },
    });
    expect(await show("%P", started)).toBe(headSha);
    expect(await show("%T", started)).toBe(await show("%T", headSha));
    expect(await show("%B", started)).not.toContain("skip-checks");
    expect(comments(1)).toEqual([expect.stringMatching(/^### CI was started\n\nYou approved `[0-9a-f]{7}`/)]);
  });

  test("does nothing the second time, nor by our own push", async () => {
    const { approve, work, head, headSha, comments } = await waitingPull();
    await Promise.all([approve("alice"), approve("carol")]);
    expect(await work()).toHaveLength(1);
    const started = head();
    await approve("carol");
    await approve("alice", headSha);
    expect(await work()).toHaveLength(1);
    expect(head()).toBe(started);
    expect(comments(1)).toHaveLength(1);
  });

  test("of a commit that is not the newest any more starts nothing and says so, once", async () => {
    const { approve, work, push, head, headSha, comments } = await waitingPull();
    const newest = await push("2\n");
    await approve("alice", headSha);
    await approve("carol", headSha);
    expect(await work()).toEqual([]);
    expect(head()).toBe(newest);
    const words = `the branch has moved on since, so I have not started CI. Look at its newest commit, \`${newest.slice(0, 7)}\``;
    expect(comments(1)).toEqual([expect.stringContaining(words)]);
  });

  test("starts nothing when the branch moves on between the approval and the worker", async () => {
    const { approve, work, push, head, comments } = await waitingPull();
    await approve("alice");
    const newest = await push("2\n");
    const [run] = await work();
    expect(run!.state).toMatchObject({ conclusion: { kind: "no_change" } });
    expect(head()).toBe(newest);
    expect(comments(1)).toEqual([expect.stringContaining("Approve its newest commit.")]);
  });

  test("starts nothing when the pull request is closed meanwhile", async () => {
    const { approve, work, local, head, headSha } = await waitingPull();
    await approve("alice");
    await local.as("alice").closeIssue("acme/widgets", 1);
    const [run] = await work();
    expect(run!.state).toMatchObject({ conclusion: { reason: "This pull request is closed." } });
    expect(head()).toBe(headSha);
  });

  test.each(["dismissed", "by asking for changes"] as const)(
    "starts nothing when it is taken back before the worker comes (%s)",
    async (how) => {
      const { approve, takeBack, work, head, headSha, comments } = await waitingPull();
      await approve("alice");
      await takeBack("alice", how);
      const [run] = await work();
      expect(run!.state).toMatchObject({ conclusion: { reason: "The approval was taken back." } });
      expect(head()).toBe(headSha);
      expect(comments(1).join("\n")).toContain("Approve it again");
    },
  );

  test("counts still when its author says something more, or somebody else asks for changes", async () => {
    const { approve, local, takeBack, work } = await waitingPull();
    await approve("alice");
    await local.as("alice").submitReview("acme/widgets", 1, { event: "COMMENT", body: "One more word" });
    await takeBack("carol", "by asking for changes");
    expect((await work()).map(({ state }) => state)).toMatchObject([{ conclusion: { kind: "ci_started" } }]);
  });

  test("of an older commit does not stand for the approved one", async () => {
    const { approve, takeBack, push, work, head, headSha } = await waitingPull();
    const newest = await push("2\n");
    await approve("alice");
    await takeBack("alice", "dismissed");
    await approve("alice", headSha);
    expect(await work()).toMatchObject([{ state: { conclusion: { kind: "no_change" } } }]);
    expect(head()).toBe(newest);
  });

  test("by somebody without write access does nothing at all", async () => {
    const { approve, work, head, headSha, comments } = await waitingPull();
    await approve("bob");
    expect(await work()).toEqual([]);
    expect(head()).toBe(headSha);
    expect(comments(1)).toEqual([]);
  });

  test("where CI does not wait does nothing at all", async () => {
    const { approve, work, server, head, comments } = await waitingPull();
    const sha = await pushBranch(server, waitingBranch, { "src/sum.js": "3\n" });
    await approve("alice");
    expect(await work()).toEqual([]);
    expect(head()).toBe(sha);
    expect(comments(1)).toEqual([]);
  });

  test("of a commit that only says that CI waits starts nothing", async () => {
    const { approve, work, forge, head } = await waitingPull();
    const forged = await forge();
    await approve("alice");
    const [run] = await work();
    expect(run!.state).toMatchObject({
      conclusion: { reason: "I did not make the approved commit, so CI does not wait at it." },
    });
    expect(head()).toBe(forged);
  });

  test("while a run is still at work there asks for another one afterwards", async () => {
    const { approve, local, store, comments, server } = await waitingPull();
    const repository = { owner: "acme", name: "widgets", installationId: server.installation.id };
    local.as("alice").comment("acme/widgets", 1, "/agent fix the names");
    await approve("carol");
    const [run] = await store.listRuns({ repository, unfinished: true });
    expect(comments(1).at(-1)).toContain(
      `I'm still at work here (run \`${run!.id}\`), so I have not started CI`,
    );
    expect(await store.listRuns()).toHaveLength(1);
  });
});

test.each([
  { newest: "the waiting one", settings: "no setting any more", ciWaits: "approval" },
  { newest: "another", settings: "the setting", ciWaits: undefined },
])(
  "where the branch's newest commit is $newest, with $settings, the packet goes by the commit",
  async (given) => {
    const trigger = { issueNumber: 2, isPullRequest: true };
    const world = await pushOnLocalGitHub({ settings: "ci: after_approval", trigger });
    const { server, task, repository, open } = world;
    world.commit("Change");
    const { headSha } = await world.push(world.baseSha, true);
    await repository.createPull({ title: "Mend", head: task.branch, base: "main", body: "", draft: false });
    if (given.newest === "another") await pushBranch(server, task.branch, { "src/sum.js": "1\n" });
    const settings = given.settings === "the setting" ? task.settings : defaultSettings;
    const options = { task: { ...task, settings }, pullNumber: 2, headSha, unfinished: "No." };
    expect((await handBack(open, options)).packet.ciWaits).toBe(given.ciWaits);
  },
);

test("the packet says how a person starts CI", () => {
  const facts = {
    pullNumber: 2,
    title: "T",
    branch: "agent/1-mend",
    headSha: "a".repeat(40),
    review: null,
    unfinished: null,
    rounds: 0,
    findings: [],
    reached: [],
    costs: [],
    minutes: 1,
  };
  const text = renderPacket(makePacket({ ...facts, ciWaits: "approval" }));
  expect(text).toContain("#### CI waits for you");
  expect(text).toContain("approve the pull request");
  expect(text).toContain('git commit --allow-empty -m "Run CI" && git push');
  expect(text).toContain("take it out of the message");
  // On a pull request of a person's own the approval is somebody else's business.
  const foreign = renderPacket(makePacket({ ...facts, ciWaits: "commit" }));
  expect(foreign).toContain('git commit --allow-empty -m "Run CI" && git push');
  expect(foreign).not.toContain("approve the pull request");
  expect(renderPacket(makePacket(facts))).not.toContain("CI waits");
});
