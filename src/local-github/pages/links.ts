import type {
  CheckRun,
  Issue,
  IssueComment,
  Repository,
  Review,
  ReviewComment,
  User,
} from "../state/model.ts";

/** Paths of the pages, each as GitHub has it, so that a link from an API answer arrives. */
export const links = {
  home: "/",
  stylesheet: "/-/style.css",
  labelColors: "/-/labels.css",
  icon: "/-/icon.svg",
  user: (user: User) => `/${segment(user.login)}`,
  repository: (repository: Repository) => `/${segment(repository.owner.login)}/${segment(repository.name)}`,
  issues: (repository: Repository) => `${links.repository(repository)}/issues`,
  pulls: (repository: Repository) => `${links.repository(repository)}/pulls`,
  issue: (issue: Issue) =>
    `${links.repository(issue.repository)}/${issue.pull ? "pull" : "issues"}/${issue.number}`,
  pullCommits: (issue: Issue) => `${links.issue(issue)}/commits`,
  pullChecks: (issue: Issue) => `${links.issue(issue)}/checks`,
  pullFiles: (issue: Issue) => `${links.issue(issue)}/files`,
  commit: (repository: Repository, sha: string) => `${links.repository(repository)}/commit/${segment(sha)}`,
  commits: (repository: Repository, ref: string) =>
    `${links.repository(repository)}/commits/${segments(ref)}`,
  tree: (repository: Repository, ref: string, path = "") => inRepository(repository, "tree", ref, path),
  blob: (repository: Repository, ref: string, path: string) => inRepository(repository, "blob", ref, path),
  raw: (repository: Repository, ref: string, path: string) => inRepository(repository, "raw", ref, path),
  checkRun: (run: CheckRun) => `${links.repository(run.suite.repository)}/runs/${run.id}`,
  /** The one file of a diff, whole. */
  wholeFile: (diffPage: string, path: string) =>
    `${diffPage}?file=${encodeURIComponent(path.toWellFormed())}`,
} as const;

/** Fragments of the conversation page, each as GitHub has it. */
export const anchors = {
  issueComment: (comment: IssueComment) => `issuecomment-${comment.id}`,
  review: (review: Review) => `pullrequestreview-${review.id}`,
  reviewComment: (comment: ReviewComment) => `discussion_r${comment.id}`,
} as const;

function segments(path: string): string {
  return path.split("/").map(segment).join("/");
}

function segment(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}

function inRepository(
  repository: Repository,
  kind: "tree" | "blob" | "raw",
  ref: string,
  path: string,
): string {
  return [links.repository(repository), kind, segments(ref), ...(path === "" ? [] : [segments(path)])].join(
    "/",
  );
}
