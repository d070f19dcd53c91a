import type { Issue } from "../../state/model.ts";

/**
 * The pull requests that name an issue in their description, and the issues that a pull request's description names:
 * what a reader wants to go on to.
 */
export function linkedIssues(issue: Issue): Issue[] {
  const { issues } = issue.repository;
  if (issue.pull) {
    const named = numbersIn(issue.body);
    return issues.filter((other) => !other.pull && named.has(other.number));
  }
  return issues.filter((other) => other.pull && numbersIn(other.body).has(issue.number));
}

function numbersIn(body: string | null): Set<number> {
  return new Set([...(body ?? "").matchAll(/(?<![\w/#&])#(\d{1,9})\b/g)].map((match) => Number(match[1])));
}
