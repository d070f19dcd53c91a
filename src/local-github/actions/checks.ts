import { checkRunPayload, checkSuitePayload, suiteOutcome } from "../payloads/check-payload.ts";
import type { App, CheckConclusion, CheckRun, CheckStatus, CheckSuite, Repository } from "../state/model.ts";
import { sendEvent } from "../webhooks/send-event.ts";
import type { Actor, World } from "../world.ts";

export type CheckRunFields = {
  name?: string;
  detailsUrl?: string;
  externalId?: string;
  status?: CheckStatus;
  conclusion?: CheckConclusion;
  startedAt?: Date;
  completedAt?: Date;
  output?: {
    title?: string;
    summary: string;
    text?: string;
    annotations?: CheckRun["output"]["annotations"];
  };
};

/** On a push, every App that may write checks gets a suite for the new head, and is told of it. */
export async function requestCheckSuites(
  world: World,
  repository: Repository,
  given: { actor: Actor; headSha: string; branch: string; before: string },
): Promise<void> {
  for (const installation of world.state.installationsOf(repository)) {
    if (installation.permissions["checks"] !== "write") continue;
    const { app } = installation;
    if (repository.checkSuites.some((one) => one.app === app && one.headSha === given.headSha)) continue;
    const suite = ensureSuite(world, repository, app, given);
    await sendSuite(world, suite, { actor: given.actor, action: "requested" });
  }
}

export function ensureSuite(
  world: World,
  repository: Repository,
  app: App,
  { headSha, branch, before }: { headSha: string; branch?: string; before?: string },
): CheckSuite {
  const old = repository.checkSuites.find((suite) => suite.app === app && suite.headSha === headSha);
  if (old) return old;
  const now = world.now();
  const suite: CheckSuite = {
    id: world.state.nextId(),
    repository,
    app,
    headSha,
    headBranch: branch ?? null,
    beforeSha: before ?? null,
    createdAt: now,
    updatedAt: now,
  };
  repository.checkSuites.push(suite);
  return suite;
}

export async function createCheckRun(
  world: World,
  repository: Repository,
  actor: Actor & { app: App },
  given: CheckRunFields & { name: string; headSha: string },
): Promise<CheckRun> {
  const branch = (await world.git.branches(repository)).find((one) => one.sha === given.headSha)?.name;
  const suite = ensureSuite(world, repository, actor.app, {
    headSha: given.headSha,
    ...(branch !== undefined && { branch }),
  });
  const run: CheckRun = {
    id: world.state.nextId(),
    suite,
    name: given.name,
    externalId: "",
    detailsUrl: null,
    status: "queued",
    conclusion: null,
    startedAt: world.now(),
    completedAt: null,
    output: { title: null, summary: null, text: null, annotations: [] },
  };
  repository.checkRuns.push(run);
  const completed = change(world, run, given);
  send(world, run, actor, "created");
  if (completed) await finish(world, run, actor);
  return run;
}

export async function updateCheckRun(
  world: World,
  run: CheckRun,
  actor: Actor,
  given: CheckRunFields,
): Promise<void> {
  if (change(world, run, given)) await finish(world, run, actor);
}

/** True when the run is completed by this change. */
function change(world: World, run: CheckRun, given: CheckRunFields): boolean {
  const before = run.status;
  if (given.name !== undefined) run.name = given.name;
  if (given.detailsUrl !== undefined) run.detailsUrl = given.detailsUrl;
  if (given.externalId !== undefined) run.externalId = given.externalId;
  if (given.startedAt) run.startedAt = given.startedAt;
  if (given.status) run.status = given.status;
  if (given.status && given.status !== "completed") {
    run.conclusion = null;
    run.completedAt = null;
  }
  // A conclusion completes the run, whatever the status said.
  if (given.conclusion) {
    run.status = "completed";
    run.conclusion = given.conclusion;
    run.completedAt = given.completedAt ?? world.now();
  }
  if (given.output) {
    run.output = {
      title: given.output.title ?? run.output.title,
      summary: given.output.summary,
      text: given.output.text ?? run.output.text,
      // Annotations of later calls are added: each call may carry 50 at most.
      annotations: [...run.output.annotations, ...(given.output.annotations ?? [])],
    };
  }
  run.suite.updatedAt = world.now();
  return run.status === "completed" && before !== "completed";
}

async function finish(world: World, run: CheckRun, actor: Actor): Promise<void> {
  send(world, run, actor, "completed");
  if (suiteOutcome(run.suite).status === "completed") {
    await sendSuite(world, run.suite, { actor, action: "completed" });
  }
}

function send(world: World, run: CheckRun, actor: Actor, action: "created" | "completed"): void {
  const { repository, app, headBranch, headSha } = run.suite;
  const payload = {
    check_run: {
      ...checkRunPayload(world, run),
      check_suite: { id: run.suite.id, head_branch: headBranch, head_sha: headSha },
    },
  };
  sendEvent(world, { repository, actor, event: "check_run", action, payload, onlyFor: app });
}

async function sendSuite(
  world: World,
  suite: CheckSuite,
  { actor, action }: { actor: Actor; action: "requested" | "completed" },
): Promise<void> {
  const head = await world.git.commit(suite.repository, suite.headSha);
  if (!head) return;
  const payload = { check_suite: checkSuitePayload(world, suite, head) };
  const { repository, app } = suite;
  sendEvent(world, { repository, actor, event: "check_suite", action, payload, onlyFor: app });
}
