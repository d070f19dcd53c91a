import type { Passing } from "../../e2e/support/github-door.ts";

/** What a run may ask of GitHub, `N` being its issue or its pull request. Whether GitHub did it does not matter here. */
const permitted = [
  "POST issues/N/comments",
  "PATCH issues/comments/ID",
  "POST issues/N/labels",
  "DELETE issues/N/labels/NAME",
  "POST issues/N/reactions",
  "POST issues/comments/ID/reactions",
  "POST pulls",
  "POST pulls/N/reviews",
  "POST pulls/N/comments/ID/replies",
  "POST pulls/N/requested_reviewers",
  "POST check-runs",
].map(
  (shape) =>
    new RegExp(`^${shape.replace("N", "(?<number>\\d+)").replace("ID", "\\d+").replace("NAME", "[^/]+")}$`),
);

const mutations = /^\s*mutation[^{]*\{\s*(?:resolveReviewThread|markPullRequestReadyForReview)\b/;

/** Writes that no run has to make: elsewhere, on another issue, or of another kind. */
export function foreignWrites(
  writes: readonly Passing[],
  own: { repository: string; numbers: ReadonlySet<number> },
): string[] {
  return writes
    .filter((write) => !isPermitted(write, own))
    .map(({ method, path }) => `a foreign write: ${method} ${path}`);
}

function isPermitted(
  { method, path, body }: Passing,
  { repository, numbers }: { repository: string; numbers: ReadonlySet<number> },
): boolean {
  if (path === `/${repository}.git/git-receive-pack`) return true;
  if (path === "/api/graphql") return mutations.test((JSON.parse(body) as { query: string }).query);
  const at = `/api/v3/repos/${repository}/`;
  if (!path.startsWith(at)) return false;
  const asked = `${method} ${path.slice(at.length)}`;
  const found = permitted.map((shape) => shape.exec(asked)).find((match) => match !== null);
  const number = found?.groups?.["number"];
  return found !== undefined && (number === undefined || numbers.has(Number(number)));
}
