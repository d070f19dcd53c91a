import { assign, createIssue, unassign, updateIssue } from "../actions/issues.ts";
import { validationFailed } from "../api-error.ts";
import { created, ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { defined, items, text, textOrNull, texts } from "../http/fields.ts";
import { findIssue, issueNeeds } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { issuePayload, singleIssuePayload } from "../payloads/issue-payload.ts";
import { sameName } from "../state/local-github-state.ts";
import type { Issue } from "../state/model.ts";

export const issueRoutes: Routes = {
  "issues/list-for-repo": {
    for: "repository",
    needs: [{ issues: "read" }],
    handle: (call) => paginate(call, listIssues(call), (issue) => issuePayload(call.world, issue)),
  },
  "issues/create": {
    for: "repository",
    needs: [{ issues: "write" }],
    people: "read",
    handle: async (call) => {
      const { body, world, repository, actor } = call;
      const title = text(body, "title");
      if (title === undefined) {
        throw validationFailed({ resource: "Issue", code: "missing_field", field: "title" });
      }
      const given = {
        title,
        body: textOrNull(body, "body"),
        labels: labelNames(body),
        assignees: texts(body, "assignees"),
      };
      const issue = await createIssue(world, repository, actor, defined(given));
      return created(singleIssuePayload(world, issue));
    },
  },
  "issues/get": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => ok(singleIssuePayload(call.world, findIssue(call))),
  },
  "issues/update": {
    for: "repository",
    needs: issueNeeds.write,
    handle: async (call) => {
      const { body } = call;
      const issue = findIssue(call);
      const state = text(body, "state");
      const changes = {
        title: text(body, "title"),
        body: textOrNull(body, "body"),
        state: state === "open" || state === "closed" ? state : undefined,
        stateReason: textOrNull(body, "state_reason") as Issue["stateReason"] | undefined,
        labels: labelNames(body),
        assignees: texts(body, "assignees"),
      } as const;
      await updateIssue(call.world, issue, call.actor, defined(changes));
      return ok(singleIssuePayload(call.world, issue));
    },
  },
  "issues/add-assignees": {
    for: "repository",
    needs: issueNeeds.write,
    handle: async (call) => {
      const issue = findIssue(call);
      await assign(call.world, issue, call.actor, texts(call.body, "assignees") ?? []);
      return created(issuePayload(call.world, issue));
    },
  },
  "issues/remove-assignees": {
    for: "repository",
    needs: issueNeeds.write,
    handle: async (call) => {
      const issue = findIssue(call);
      await unassign(call.world, issue, call.actor, texts(call.body, "assignees") ?? []);
      return ok(issuePayload(call.world, issue));
    },
  },
};

function labelNames(body: unknown): string[] | undefined {
  return items(body, "labels")?.flatMap((label) => {
    const name = typeof label === "string" ? label : text(label, "name");
    return name === undefined ? [] : [name];
  });
}

/** Pull requests are in the list, too: to GitHub they are issues. */
function listIssues({ query, repository }: RepositoryCall): Issue[] {
  const state = query["state"] ?? "open";
  const labels = query["labels"]?.split(",") ?? [];
  const since = query["since"] ? new Date(query["since"]) : undefined;
  const found = repository.issues.filter(
    (issue) =>
      (state === "all" || issue.state === state) &&
      labels.every((name) => issue.labels.some((label) => sameName(label.name, name))) &&
      (!query["creator"] || sameName(issue.author.login, query["creator"])) &&
      (!query["assignee"] || issue.assignees.some((user) => sameName(user.login, query["assignee"]!))) &&
      (!since || issue.updatedAt >= since),
  );
  const key = query["sort"] === "updated" ? "updatedAt" : "createdAt";
  const sign = query["direction"] === "asc" ? 1 : -1;
  const order = (one: Issue, other: Issue): number =>
    query["sort"] === "comments"
      ? one.comments.length - other.comments.length
      : one[key].getTime() - other[key].getTime() || one.number - other.number;
  return found.sort((one, other) => sign * order(one, other));
}
