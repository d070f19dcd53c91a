import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderPacket } from "../../src/steps/packet-markdown.ts";
import { makePacket } from "../../src/steps/packet.ts";
import { git } from "../local-github/support/test-github.ts";
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
  const text = renderPacket(makePacket({ ...facts, ciWaits: true }));
  expect(text).toContain("#### CI waits for you");
  expect(text).toContain('git commit --allow-empty -m "Run CI" && git push');
  expect(renderPacket(makePacket(facts))).not.toContain("CI waits");
});
