import { createCheckRun, ensureSuite, updateCheckRun, type CheckRunFields } from "../actions/checks.ts";
import { ApiError, notFound, validationFailed } from "../api-error.ts";
import { resolveRevision } from "../git/git.ts";
import { created, ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { defined, items, property, text } from "../http/fields.ts";
import { findCheckRun } from "../http/find.ts";
import { paginate, paginateWrapped } from "../http/paginate.ts";
import { checkRunPayload, checkSuiteWithRepository } from "../payloads/check-payload.ts";
import type { Actor } from "../world.ts";
import type { App, CheckAnnotation, CheckRun, CheckSuite, Permissions } from "../state/model.ts";
import { commitFor } from "./commit-routes.ts";

const read: Permissions[] = [{ checks: "read" }];
const write: Permissions[] = [{ checks: "write" }];

export const checkRoutes: Routes = {
  "checks/create": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const [name, headSha] = [text(call.body, "name"), text(call.body, "head_sha")];
      if (name === undefined || headSha === undefined) {
        throw validationFailed({ resource: "CheckRun", code: "missing_field", field: "name" });
      }
      await requireCommit(call, headSha);
      const run = await createCheckRun(call.world, call.repository, appActor(call), {
        ...fieldsOf(call.body),
        name,
        headSha,
      });
      return created(checkRunPayload(call.world, run));
    },
  },
  "checks/update": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const run = findCheckRun(call);
      const actor = appActor(call);
      if (run.suite.app !== actor.app)
        throw new ApiError(403, "Invalid app_id `check_run` - it belongs to another App");
      await updateCheckRun(call.world, run, actor, fieldsOf(call.body));
      return ok(checkRunPayload(call.world, run));
    },
  },
  "checks/get": {
    for: "repository",
    needs: read,
    handle: (call) => ok(checkRunPayload(call.world, findCheckRun(call))),
  },
  "checks/list-annotations": {
    for: "repository",
    needs: read,
    handle: (call) => {
      const run = findCheckRun(call);
      return paginate(call, run.output.annotations, (annotation) => annotationPayload(call, run, annotation));
    },
  },
  "checks/list-for-ref": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const { sha } = await commitFor(call);
      return listRuns(call, call.world.state.checkRuns(call.repository, sha));
    },
  },
  "checks/list-for-suite": {
    for: "repository",
    needs: read,
    handle: (call) => {
      const suite = findSuite(call);
      return listRuns(
        call,
        call.repository.checkRuns.filter((run) => run.suite === suite),
      );
    },
  },
  "checks/create-suite": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const headSha = text(call.body, "head_sha") ?? "";
      await requireCommit(call, headSha);
      const { app } = appActor(call);
      const old = call.repository.checkSuites.some((one) => one.app === app && one.headSha === headSha);
      const suite = ensureSuite(call.world, call.repository, app, { headSha });
      return { status: old ? 200 : 201, body: await renderSuite(call, suite) };
    },
  },
  "checks/get-suite": {
    for: "repository",
    needs: read,
    handle: async (call) => ok(await renderSuite(call, findSuite(call))),
  },
  "checks/list-suites-for-ref": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const { sha } = await commitFor(call);
      const suites = call.repository.checkSuites.filter((suite) => suite.headSha === sha);
      return paginateWrapped(call, {
        name: "check_suites",
        items: suites,
        render: (suite) => renderSuite(call, suite),
      });
    },
  },
};

function listRuns(call: RepositoryCall, runs: CheckRun[]): ReturnType<typeof paginateWrapped> {
  const { check_name: name, status, app_id: appId, filter } = call.query;
  const wanted = runs.filter(
    (run) =>
      (!name || run.name === name) &&
      (!status || run.status === status) &&
      (!appId || run.suite.app.id === Number(appId)),
  );
  // By default only the latest run of each name, newest first.
  const newest = wanted.toReversed();
  const shown =
    filter === "all"
      ? newest
      : newest.filter(
          (run, at) =>
            newest.findIndex((one) => one.name === run.name && one.suite.app === run.suite.app) === at,
        );
  return paginateWrapped(call, {
    name: "check_runs",
    items: shown,
    render: (run) => checkRunPayload(call.world, run),
  });
}

async function renderSuite(call: RepositoryCall, suite: CheckSuite): Promise<unknown> {
  const head = await call.world.git.commit(call.repository, suite.headSha);
  return checkSuiteWithRepository(call.world, suite, head!);
}

function findSuite(call: RepositoryCall): CheckSuite {
  const suite = call.repository.checkSuites.find((one) => one.id === Number(call.params["check_suite_id"]));
  if (!suite) throw notFound();
  return suite;
}

/** Checks are written by Apps only, whatever rights a person has. */
function appActor(call: RepositoryCall): Actor & { app: App } {
  const { user, app } = call.actor;
  if (!app) throw new ApiError(403, "You must authenticate via a GitHub App.");
  return { user, app };
}

async function requireCommit(call: RepositoryCall, sha: string): Promise<void> {
  const found = /^[0-9a-f]{40}$/.test(sha) && (await resolveRevision(call.repository.gitDirectory, sha));
  if (!found) throw new ApiError(422, `No commit found for SHA: ${sha}`);
}

function fieldsOf(body: unknown): CheckRunFields {
  const output = property(body, "output");
  const date = (name: string): Date | undefined => {
    const value = text(body, name);
    return value === undefined ? undefined : new Date(value);
  };
  return defined({
    name: text(body, "name"),
    detailsUrl: text(body, "details_url"),
    externalId: text(body, "external_id"),
    status: text(body, "status") as CheckRun["status"] | undefined,
    conclusion: text(body, "conclusion") as NonNullable<CheckRun["conclusion"]> | undefined,
    startedAt: date("started_at"),
    completedAt: date("completed_at"),
    output:
      output === undefined
        ? undefined
        : {
            summary: text(output, "summary") ?? "",
            ...defined({
              title: text(output, "title"),
              text: text(output, "text"),
              annotations: items(output, "annotations") as CheckAnnotation[] | undefined,
            }),
          },
  });
}

function annotationPayload(call: RepositoryCall, run: CheckRun, annotation: CheckAnnotation): unknown {
  const { headSha, repository } = run.suite;
  return {
    path: annotation.path,
    blob_href: `${call.world.url}/${repository.fullName}/blob/${headSha}/${annotation.path}`,
    start_line: annotation.start_line,
    start_column: annotation.start_column ?? null,
    end_line: annotation.end_line,
    end_column: annotation.end_column ?? null,
    annotation_level: annotation.annotation_level,
    title: annotation.title ?? null,
    message: annotation.message,
    raw_details: annotation.raw_details ?? null,
  };
}
