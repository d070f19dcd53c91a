import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { edit, finish } from "../../src/demo/scripts/calls.ts";
import type { Pull } from "../../src/local-github/state/model.ts";
import { runGit } from "../support/sample-repository.ts";
import { BadInputWorld } from "./support/bad-input-world.ts";
import { branchFrom, deleteBranch, headOf } from "./support/branches.ts";
import { checkedFiles, coder, commit } from "./support/scenes.ts";
import { onlyAnAnswer, onlyAReply } from "./support/writes.ts";

let world: BadInputWorld;
beforeAll(async () => {
  world = await BadInputWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const files = { ...checkedFiles, "list.txt": "b\na\n" };

/** A person's pull request which adds two lines to list.txt; `from` is where its branch lives. */
async function aPull(
  repository: string,
  pull: { title: string; from?: string; draft?: boolean },
): Promise<Pull> {
  const { title, from = repository, draft = false } = pull;
  const source = world.github.repository(from);
  branchFrom(source.gitDirectory, "main", { branch: "topic", files: { "list.txt": "b\na\nd\nc\n" } });
  const head = from === repository ? "topic" : `${source.owner.login}:topic`;
  return world.as().openPull(repository, { title, head, base: "main", draft });
}

describe("a review only", { concurrent: true, timeout: 120_000 }, () => {
  test.each(["a colleague's pull request", "a pull request of a fork"])(
    "of %s is posted, and nothing is pushed",
    async (whose) => {
      const repository = await world.repository(files);
      const title = `Add two names to ${whose}`;
      const from = whose.includes("fork")
        ? (await world.github.forkRepository(repository, "forker")).fullName
        : repository;
      const pull = await aPull(repository, { title, from });
      const { number } = pull.issue;
      const heads = [headOf(world, repository, "main"), headOf(world, from, "topic")];
      world.script({
        role: "reviewer",
        when: title,
        turns: [
          {
            calls: [
              finish({
                summary: "Two names more, not sorted.",
                findings: [
                  {
                    severity: "important",
                    path: "list.txt",
                    line: 3,
                    quote: "d",
                    title: "The list is no longer sorted",
                    body: "`d` stands before `c`.",
                    suggestion: null,
                    evidence: null,
                  },
                ],
                unverified: [],
              }),
            ],
          },
        ],
      });
      world.as().comment(repository, number, "/agent review");
      const { conclusion, words } = await world.ended(repository, number);
      expect(conclusion).toMatchObject({ kind: "reviewed", pullNumber: number, findings: 1 });
      expect(words).toContain("### Reviewed\n\n1 finding at");
      expect(pull.threads.map(({ path, line }) => [path, line])).toEqual([["list.txt", 3]]);
      expect([headOf(world, repository, "main"), headOf(world, from, "topic")]).toEqual(heads);
      expect(await world.writes(repository)).toMatchObject({
        comments: 1,
        eyes: 1,
        reviews: 1,
        checkRuns: 0,
        pulls: [],
      });
    },
  );
});

describe("a fix", { concurrent: true, timeout: 120_000 }, () => {
  test("of a pull request of a fork is refused, with what works there", async () => {
    const repository = await world.repository(files);
    const fork = await world.github.forkRepository(repository, "far-away");
    const pull = await aPull(repository, { title: "From far away", from: fork.fullName });
    const head = headOf(world, fork.fullName, "topic");
    world.as().comment(repository, pull.issue.number, "/agent fix sort the list");
    const { conclusion, words } = await world.ended(repository, pull.issue.number);
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "pull.fork" } });
    expect(words).toContain("**This pull request comes from a fork, and Handback never pushes to a fork.**");
    expect(words).toContain("`/agent review` reviews it as it is.");
    expect(headOf(world, fork.fullName, "topic")).toBe(head);
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("of a pull request that comes from the default branch is refused, since nothing is pushed there", async () => {
    const repository = await world.repository(files);
    const { gitDirectory } = world.github.repository(repository);
    branchFrom(gitDirectory, "main", { branch: "release" });
    branchFrom(gitDirectory, "main", { branch: "next", files: { "list.txt": "b\na\nc\n" } });
    runGit(gitDirectory, "update-ref", "refs/heads/main", "next");
    const main = headOf(world, repository, "main");
    const request = { title: "Release what is on main", head: "main", base: "release", draft: false };
    const pull = await world.as().openPull(repository, request);
    world.as().comment(repository, pull.issue.number, "/agent fix sort the list");
    const { conclusion, words } = await world.ended(repository, pull.issue.number);
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "pull.default_branch" } });
    expect(words).toContain("the default branch, and Handback never pushes to that one.**");
    expect(headOf(world, repository, "main")).toBe(main);
  });

  test("answers and resolves the threads that colleagues opened, and leaves a person's draft a draft", async () => {
    const repository = await world.repository(files);
    const title = "Add two names, threads open";
    const pull = await aPull(repository, { title, draft: true });
    const { number } = pull.issue;
    world.github.setCollaborator(repository, "colleague", "write");
    await world.as("colleague").submitReview(repository, number, {
      event: "COMMENT",
      body: "Two things.",
      comments: [
        { path: "list.txt", line: 3, side: "RIGHT", body: "Please sort this." },
        { path: "list.txt", line: 4, side: "RIGHT", body: "Why c?" },
      ],
    });
    const answers = [
      { findingId: "f1", action: "fixed" as const, reply: "Sorted." },
      { findingId: "f2", action: "declined" as const, reply: "It was asked for." },
    ];
    world.script({
      role: "coder",
      when: title,
      turns: [
        { calls: [edit("list.txt", { old: "b\na\nd\nc\n", new: "a\nb\nc\nd\n" }), bashCommit] },
        {
          calls: [finish({ outcome: "changed", title: "Sort", summary: "Sorted.", unverified: [], answers })],
        },
      ],
    });
    world.as().comment(repository, number, "/agent fix");
    const { conclusion, words } = await world.ended(repository, number);
    expect(conclusion).toMatchObject({ kind: "handed_back", pullNumber: number, verdict: "approve" });
    expect(words).toContain(`### Handed back: #${number}, for you, @mara`);
    const [first, second] = pull.threads.map((thread) => ({
      resolved: thread.resolvedBy !== null && thread.resolvedBy !== undefined,
      last: thread.comments.at(-1)!.body,
    }));
    expect(first).toMatchObject({
      resolved: true,
      last: expect.stringMatching(/^Fixed in \w{40}\. Sorted\./),
    });
    expect(second).toMatchObject({
      resolved: false,
      last: expect.stringContaining("Left as it is. It was asked for."),
    });
    expect(pull.draft).toBe(true);
    expect(runGit(world.github.repository(repository).gitDirectory, "show", "topic:list.txt")).toBe(
      "a\nb\nc\nd\n",
    );
  });

  test("with nothing to fix says how to ask for something", async () => {
    const repository = await world.repository(files);
    const pull = await aPull(repository, { title: "Nothing is wrong with it" });
    world.as().comment(repository, pull.issue.number, "/agent fix");
    const { conclusion, words } = await world.ended(repository, pull.issue.number);
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "pull.nothing_open" } });
    expect(words).toContain("Say what to change after the command: `/agent fix <what to change>`.");
    expect(await world.writes(repository)).toEqual({ ...onlyAnAnswer, branches: ["main", "topic"] });
  });

  test("of a closed pull request says to reopen it", async () => {
    const repository = await world.repository(files);
    const pull = await aPull(repository, { title: "Closed already" });
    await world.as().closeIssue(repository, pull.issue.number);
    world.as().comment(repository, pull.issue.number, "/agent fix sort it");
    const { words } = await world.ended(repository, pull.issue.number);
    expect(words).toContain("**This pull request is closed.**\n\nReopen it, then write the command again.");
    expect(await world.writes(repository)).toEqual({ ...onlyAnAnswer, branches: ["main", "topic"] });
  });

  test("asked for where there is only an issue is answered with the command for issues", async () => {
    const repository = await world.repository(files);
    const number = await world.ask(repository, { title: "Sort the list of names", command: "/agent fix it" });
    expect(await world.reply(repository, number)).toContain("write `/agent do …` here");
    expect(await world.writes(repository)).toEqual(onlyAReply);
  });
});

describe("branches", { concurrent: true, timeout: 120_000 }, () => {
  const handedBack = { comments: 1, eyes: 1, reviews: 1, checkRuns: 1, pulls: ["#2 ready"] };

  test("one that is there already without a pull request stays as it is", async () => {
    const repository = await world.repository(files);
    const { gitDirectory } = world.github.repository(repository);
    branchFrom(gitDirectory, "main", { branch: "agent/1-sort-by-name", files: { "old.txt": "old\n" } });
    const old = headOf(world, repository, "agent/1-sort-by-name");
    world.script(coder("Sort by name", [`sort -o list.txt list.txt; ${commit}`]));
    const { conclusion } = await world.askAndWait(repository, { title: "Sort by name" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "approve" });
    expect(headOf(world, repository, "agent/1-sort-by-name")).toBe(old);
    expect(await world.writes(repository)).toMatchObject({
      ...handedBack,
      branches: ["agent/1-sort-by-name", "agent/1-sort-by-name-2", "main"],
    });
  });

  test("a protected base branch is no hindrance, since nothing is pushed to it", async () => {
    const repository = await world.repository(files);
    world.github.protectBranch(repository, "main");
    world.script(coder("Sort under protection", [`sort -o list.txt list.txt; ${commit}`]));
    const { conclusion } = await world.askAndWait(repository, { title: "Sort under protection" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "approve" });
    expect(await world.writes(repository)).toMatchObject(handedBack);
  });

  test("a rule on the agent's branches is told in GitHub's own words", async () => {
    const repository = await world.repository(files);
    world.github.protectBranch(repository, "agent/1-sort-against-the-rules");
    world.script(coder("Sort against the rules", [`sort -o list.txt list.txt; ${commit}`]));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Sort against the rules" });
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "push.rejected" } });
    expect(words).toContain("**GitHub did not take the push to `agent/1-sort-against-the-rules`:");
    expect(words).toContain("GH006: Protected branch update failed");
    expect(words).toContain("allow the App to push to `agent/*`");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("a base that is deleted during the run leaves the work on its branch, and says where", async () => {
    const repository = await world.repository(files);
    const { gitDirectory } = world.github.repository(repository);
    runGit(gitDirectory, "branch", "develop", "main");
    world.script(coder("Sort on moving ground", [`sleep 2; sort -o list.txt list.txt; ${commit}`]));
    const number = await world.ask(repository, { title: "Sort on moving ground" });
    await world.atStep(repository, number, "write-code");
    // GitHub deletes a branch only when it is not the default one.
    world.github.repository(repository).defaultBranch = "develop";
    deleteBranch(gitDirectory, "main");
    const { conclusion, words } = await world.ended(repository, number);
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "base.deleted" } });
    expect(words).toContain("**The branch `main` was deleted during the run");
    expect(words).toContain("it is pushed to `agent/1-sort-on-moving-ground`. Restore `main`");
    expect(await world.writes(repository)).toEqual({
      ...onlyAnAnswer,
      branches: ["agent/1-sort-on-moving-ground", "develop"],
    });
  });
});

describe("an issue that is deleted or moved during the run", { concurrent: true, timeout: 120_000 }, () => {
  test("leaves the packet on the pull request", async () => {
    const repository = await world.repository(files);
    world.script(coder("Sort in vain", [`sleep 2; sort -o list.txt list.txt; ${commit}`]));
    const number = await world.ask(repository, { title: "Sort in vain" });
    // Numbers are not given twice.
    await world.as().openIssue(repository, { title: "Another one", body: "For later." });
    await world.atStep(repository, number, "write-code");
    deleteIssue(repository, number);
    const { conclusion } = await world.ended(repository, number);
    expect(conclusion).toMatchObject({ kind: "handed_back", pullNumber: 3, verdict: "approve" });
    const [comment, ...others] = world.commentsOf(repository, 3);
    expect(comment).toContain("### Handed back: #3, for you, @mara");
    expect(comment).toContain("**Verdict:** the reviewer approves");
    expect(others).toEqual([]);
    expect(await world.writes(repository)).toMatchObject({ comments: 1, reviews: 1, pulls: ["#3 ready"] });
  });

  test("before it began ends it at once, for the operator to see", async () => {
    const repository = await world.repository(files);
    const { number } = await world.as().openIssue(repository, { title: "Soon gone", body: "It is moved." });
    await world.as().openIssue(repository, { title: "Another one", body: "For later." });
    world.github.faults.add({
      kind: "delay",
      path: new RegExp(`/repos/${repository}/issues/${number}/reactions`),
      delayMilliseconds: 500,
    });
    world.as().comment(repository, number, "/agent");
    await world.until(() => world.newestRun(repository, number));
    deleteIssue(repository, number);
    const { conclusion } = await world.ended(repository, number);
    expect(conclusion).toMatchObject({
      kind: "failed",
      failure: { code: "issue.gone", mend: "Write `/agent` on the issue where it is now, or on a new one." },
    });
    expect(await world.writes(repository)).toEqual({ ...onlyAnAnswer, comments: 0, eyes: 0 });
  });
});

const bashCommit = { tool: "bash", input: { command: commit } };

function deleteIssue(repository: string, number: number): void {
  const { issues } = world.github.repository(repository);
  issues.splice(
    issues.findIndex((issue) => issue.number === number),
    1,
  );
}
