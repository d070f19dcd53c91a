import type { GitCommit } from "../git/diff-file.ts";
import type { CheckConclusion, CheckRun, CheckStatus, CheckSuite, Pull } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { appPayload } from "./app-payload.ts";
import { nodeId } from "./node-id.ts";
import { minimalRepositoryPayload, repositoryUrl } from "./repository-payload.ts";
import { isoTime, isoTimeOrNull } from "./time.ts";

export function checkRunPayload(world: World, run: CheckRun): JsonObject {
  const { suite } = run;
  const url = `${repositoryUrl(world, suite.repository)}/check-runs/${run.id}`;
  const page = `${world.url}/${suite.repository.fullName}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId("checkRun", run.id),
    head_sha: suite.headSha,
    external_id: run.externalId,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    status: run.status,
    conclusion: run.conclusion,
    started_at: isoTime(run.startedAt),
    completed_at: isoTimeOrNull(run.completedAt),
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: suite.id },
    app: appPayload(world, suite.app),
    pull_requests: pullsOf(world, suite).map((pull) => minimalPull(world, pull)),
  };
}

export function checkSuitePayload(world: World, suite: CheckSuite, head: GitCommit): JsonObject {
  const { status, conclusion, count } = suiteOutcome(suite);
  const url = `${repositoryUrl(world, suite.repository)}/check-suites/${suite.id}`;
  return {
    id: suite.id,
    node_id: nodeId("checkSuite", suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status,
    conclusion,
    url,
    before: suite.beforeSha,
    after: suite.headSha,
    pull_requests: pullsOf(world, suite).map((pull) => minimalPull(world, pull)),
    app: appPayload(world, suite.app),
    created_at: isoTime(suite.createdAt),
    updated_at: isoTime(suite.updatedAt),
    latest_check_runs_count: count,
    check_runs_url: `${url}/check-runs`,
    head_commit: {
      id: head.sha,
      tree_id: head.treeSha,
      message: head.message,
      timestamp: isoTime(head.author.date),
      author: { name: head.author.name, email: head.author.email },
      committer: { name: head.committer.name, email: head.committer.email },
    },
  };
}

export function checkSuiteWithRepository(world: World, suite: CheckSuite, head: GitCommit): JsonObject {
  return {
    ...checkSuitePayload(world, suite, head),
    repository: minimalRepositoryPayload(world, suite.repository),
  };
}

/** A suite is as far as its runs are; the worst conclusion is the suite's. */
export function suiteOutcome(suite: CheckSuite): {
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  count: number;
} {
  const runs = suite.repository.checkRuns.filter((run) => run.suite === suite);
  if (runs.length === 0) return { status: "queued", conclusion: null, count: 0 };
  if (runs.some((run) => run.status !== "completed")) {
    return { status: "in_progress", conclusion: null, count: runs.length };
  }
  const order: CheckConclusion[] = ["action_required", "timed_out", "cancelled", "failure", "success"];
  const worst = order.find((conclusion) => runs.some((run) => run.conclusion === conclusion));
  return { status: "completed", conclusion: worst ?? "neutral", count: runs.length };
}

function pullsOf(world: World, suite: CheckSuite): Pull[] {
  return world.state
    .pulls(suite.repository)
    .filter((pull) => pull.issue.state === "open" && pull.head.sha === suite.headSha);
}

function minimalPull(world: World, pull: Pull): JsonObject {
  const side = ({ repository, ref, sha }: Pull["head"]): JsonObject => ({
    ref,
    sha,
    repo: { id: repository.id, url: repositoryUrl(world, repository), name: repository.name },
  });
  return {
    id: pull.id,
    number: pull.issue.number,
    url: `${repositoryUrl(world, pull.issue.repository)}/pulls/${pull.issue.number}`,
    head: side(pull.head),
    base: side(pull.base),
  };
}
