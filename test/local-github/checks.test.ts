import { expect, test } from "vitest";
import { asPerson, pushBranch, startTestGitHub } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("a check run goes from queued to a conclusion, with annotations added up", async () => {
  const world = await startTestGitHub();
  const { github, octokit, receiver } = world;
  const headSha = await pushBranch(world, "fix", { "new.js": "x\n" });
  await github.webhooksSettled();
  receiver.clear();
  const { data: run } = await octokit.rest.checks.create({
    ...repo,
    name: "review",
    head_sha: headSha,
    status: "in_progress",
  });
  const at = { ...repo, check_run_id: run.id };
  const annotation = (line: number): object => ({
    path: "new.js",
    start_line: line,
    end_line: line,
    annotation_level: "warning",
    message: "Look",
  });
  const output = (line: number) => ({ title: "T", summary: "S", annotations: [annotation(line) as never] });

  await octokit.rest.checks.update({ ...at, output: output(1) });
  await octokit.rest.checks.update({ ...at, conclusion: "failure", output: output(2) });

  expect((await octokit.rest.checks.get(at)).data).toMatchObject({
    status: "completed",
    conclusion: "failure",
    output: { annotations_count: 2 },
    app: { slug: "handback-test" },
  });
  expect((await octokit.rest.checks.listAnnotations(at)).data.map((one) => one.start_line)).toEqual([1, 2]);
  const suite = (await octokit.rest.checks.listSuitesForRef({ ...repo, ref: "fix" })).data.check_suites[0]!;
  expect(suite).toMatchObject({ status: "completed", conclusion: "failure", head_branch: "fix" });
  const bySuite = await octokit.rest.checks.listForSuite({ ...repo, check_suite_id: suite.id });
  expect(bySuite.data.total_count).toBe(1);
  expect((await octokit.rest.checks.getSuite({ ...repo, check_suite_id: suite.id })).status).toBe(200);
  await github.webhooksSettled();
  expect(receiver.names).toEqual(["check_run.created", "check_run.completed", "check_suite.completed"]);
});

test("of runs with one name the latest counts, unless all are asked for", async () => {
  const { github, octokit } = await startTestGitHub();
  const headSha = (await github.git.commit(github.repository("acme/widgets"), "main"))!.sha;
  await octokit.rest.checks.create({ ...repo, name: "a", head_sha: headSha, conclusion: "failure" });
  await octokit.rest.checks.create({ ...repo, name: "a", head_sha: headSha, conclusion: "success" });
  const conclusions = async (filter?: "all"): Promise<unknown[]> =>
    (
      await octokit.rest.checks.listForRef({ ...repo, ref: "main", ...(filter && { filter }) })
    ).data.check_runs.map((run) => run.conclusion);

  expect(await conclusions()).toEqual(["success"]);
  expect(await conclusions("all")).toEqual(["success", "failure"]);
});

test("only Apps write checks, and only on commits that are there", async () => {
  const world = await startTestGitHub();
  const create = (octokit: typeof world.octokit, headSha: string): Promise<unknown> =>
    octokit.rest.checks.create({ ...repo, name: "x", head_sha: headSha });
  const headSha = (await world.github.git.commit(world.github.repository("acme/widgets"), "main"))!.sha;

  await expect(create(asPerson(world, "alice"), headSha)).rejects.toMatchObject({ status: 403 });
  await expect(create(world.octokit, "1".repeat(40))).rejects.toMatchObject({ status: 422 });
});

test("the combined status is pending without statuses, and the worst of the latest otherwise", async () => {
  const { github, octokit } = await startTestGitHub();
  const repository = github.repository("acme/widgets");
  const sha = (await github.git.commit(repository, "main"))!.sha;
  const state = async (): Promise<string> =>
    (await octokit.rest.repos.getCombinedStatusForRef({ ...repo, ref: "main" })).data.state;
  const add = (context: string, given: "success" | "failure"): void =>
    void github.as("alice").setCommitStatus("acme/widgets", sha, { context, state: given });

  expect(await state()).toBe("pending");
  add("ci", "failure");
  expect(await state()).toBe("failure");
  add("ci", "success");
  expect(await state()).toBe("success");
  const { data } = await octokit.rest.repos.listCommitStatusesForRef({ ...repo, ref: sha });
  expect(data.map((one) => [one.context, one.state, one.creator?.login])).toEqual([
    ["ci", "success", "alice"],
    ["ci", "failure", "alice"],
  ]);
});
