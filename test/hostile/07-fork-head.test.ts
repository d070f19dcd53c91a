/**
 * Row 7, heads in forks: such a pull request is reviewed and never pushed to, also when its fork is renamed, deleted or called like
 * ours. `test/bad-input/pulls.test.ts` shows the whole way, with sandbox and comment.
 */
import { expect, test } from "vitest";
import type { GitHubRepository, Pull } from "../../src/github/github.ts";
import { pullPayload } from "../../src/github/payloads.ts";
import { branchFrom } from "../bad-input/support/branches.ts";
import { startApp } from "../web/start-app.ts";
import { pushBranch } from "../local-github/support/test-github.ts";
import { prepareNewestPull, replaced, shop, type Started } from "./support/prepare.ts";

async function forked(command: string): Promise<Started> {
  const started = await startApp();
  const { local, settled } = started;
  local.createUser({ login: "mallory" });
  const fork = await local.forkRepository(shop, "mallory");
  branchFrom(fork.gitDirectory, "main", { branch: "topic", files: { "list.txt": "1\n" } });
  const request = { title: "From a fork", body: "Push to me.", head: "mallory:topic", base: "main" };
  await local.as("mallory").openPull(shop, request);
  local.as("alice").comment(shop, 1, command);
  await settled();
  return started;
}

test("a fix of a fork's pull request is refused, and the refusal names what works", async () => {
  await expect(prepareNewestPull(await forked("/agent fix it"))).rejects.toMatchObject({
    code: "pull.fork",
    message: expect.stringContaining("never pushes to a fork") as string,
    mend: expect.stringContaining("/agent review") as string,
  });
});

test.each([
  ["was deleted", null],
  ["was renamed", "mallory/gadgets"],
  ["has our name under another owner", "mallory/widgets"],
  ["has a name that begins with ours", "acme/widgets-fork"],
  ["has our name with a slash more", "acme/widgets/"],
  ["has our name in letters that look alike", "acme/w\u0456dgets"],
])("a fix is refused when the head's repository %s", async (_name, headRepository) => {
  const started = await forked("/agent fix it");
  await expect(prepareNewestPull(started, withHead(headRepository))).rejects.toMatchObject({
    code: "pull.fork",
  });
});

test("GitHub's answer for a fork that is gone reads as no repository", () => {
  const payload = {
    number: 1,
    node_id: "x",
    title: "t",
    body: null,
    user: null,
    state: "open",
    head: { ref: "topic", sha: "a", repo: null },
    base: { ref: "main", sha: "b" },
    html_url: "https://github.com/acme/widgets/pull/1",
  };
  expect(pullPayload.parse(payload)).toMatchObject({ headRepository: null, author: "ghost" });
});

test("a review of it is prepared, with its author's words as a claim", async () => {
  const { task, threads } = await prepareNewestPull(await forked("/agent review"));
  expect(task).toMatchObject({ author: "mallory", isClaim: true, body: "Push to me." });
  expect(threads).toEqual([]);
});

test("only the exact repository passes, in whatever case it is written", async () => {
  const started = await startApp();
  const { local, server, settled } = started;
  await pushBranch(server, "topic", { "src/sum.js": "1\n" });
  await local.as("alice").openPull(shop, { title: "Mine", head: "topic", base: "main" });
  local.as("alice").comment(shop, 1, "/agent fix it");
  await settled();
  const { task } = await prepareNewestPull(started, withHead("Acme/Widgets"));
  expect(task.branch).toBe("topic");
});

function withHead(headRepository: string | null): (repository: GitHubRepository) => GitHubRepository {
  return (repository) =>
    replaced(repository, "getPull", async (number) => {
      const pull: Pull | null = await repository.getPull(number);
      return pull === null ? null : { ...pull, headRepository };
    });
}
