import { addLabels, createLabel, findLabel, removeLabel, setLabels } from "../actions/labels.ts";
import { ApiError, notFound, validationFailed } from "../api-error.ts";
import { created, noContent, ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { defined, items, text, textOrNull } from "../http/fields.ts";
import { findIssue, issueNeeds } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { labelPayload } from "../payloads/issue-payload.ts";
import type { Issue, Label } from "../state/model.ts";

export const labelRoutes: Routes = {
  "issues/list-labels-for-repo": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => paginate(call, call.repository.labels, render(call)),
  },
  "issues/get-label": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => {
      const label = findLabel(call.repository, call.params["name"]!);
      if (!label) throw notFound();
      return ok(render(call)(label));
    },
  },
  "issues/create-label": {
    for: "repository",
    needs: issueNeeds.write,
    handle: (call) => {
      const name = text(call.body, "name");
      if (name === undefined) {
        throw validationFailed({ resource: "Label", code: "missing_field", field: "name" });
      }
      const given = { color: text(call.body, "color"), description: textOrNull(call.body, "description") };
      return created(render(call)(createLabel(call.world, call.repository, { name, ...defined(given) })));
    },
  },
  "issues/list-labels-on-issue": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => paginate(call, findIssue(call).labels, render(call)),
  },
  "issues/add-labels": {
    for: "repository",
    needs: issueNeeds.write,
    people: "triage",
    handle: async (call) => {
      const issue = findIssue(call);
      await addLabels(call.world, issue, call.actor, namesIn(call.body));
      return ok(issue.labels.map(render(call)));
    },
  },
  "issues/set-labels": {
    for: "repository",
    needs: issueNeeds.write,
    people: "triage",
    handle: async (call) => {
      const issue = findIssue(call);
      await setLabels(call.world, issue, call.actor, namesIn(call.body));
      return ok(issue.labels.map(render(call)));
    },
  },
  "issues/remove-label": {
    for: "repository",
    needs: issueNeeds.write,
    people: "triage",
    handle: async (call) => {
      const issue = findIssue(call);
      const label = labelOn(issue, call.params["name"]!);
      if (!label) throw new ApiError(404, "Label does not exist");
      await removeLabel(call.world, issue, call.actor, label);
      return ok(issue.labels.map(render(call)));
    },
  },
  "issues/remove-all-labels": {
    for: "repository",
    needs: issueNeeds.write,
    people: "triage",
    handle: async (call) => {
      await setLabels(call.world, findIssue(call), call.actor, []);
      return noContent;
    },
  },
};

function render(call: RepositoryCall): (label: Label) => unknown {
  return (label) => labelPayload(call.world, call.repository, label);
}

function labelOn(issue: Issue, name: string): Label | undefined {
  const label = findLabel(issue.repository, name);
  return label && issue.labels.includes(label) ? label : undefined;
}

/** `{labels: ["a"]}`, `{labels: [{name: "a"}]}` or the list alone. */
function namesIn(body: unknown): string[] {
  const list = Array.isArray(body) ? (body as unknown[]) : (items(body, "labels") ?? []);
  return list.flatMap((label) => {
    const name = typeof label === "string" ? label : text(label, "name");
    return name === undefined ? [] : [name];
  });
}
