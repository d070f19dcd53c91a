import type { Pull } from "../state/model.ts";
import { referencesOf } from "./markdown/references.ts";
import type { PageContext, RepositoryContext } from "./page-context.ts";

/** Undefined when there is no such repository. */
export async function repositoryContext(
  context: PageContext,
  owner: string,
  name: string,
): Promise<RepositoryContext | undefined> {
  const { state, git, url } = context;
  const repository = state.repository(owner, name);
  if (!repository) return undefined;
  const branches = await git.branches(repository);
  const ofDefault = branches.find((branch) => branch.name === repository.defaultBranch);
  const commits = ofDefault ? await git.commits(repository, ofDefault.sha) : [];
  const pushed = repository.issues.flatMap((issue) =>
    issue.timeline.flatMap((item) => (item.kind === "committed" ? [item.beforeSha, item.afterSha] : [])),
  );
  const heads = state.pulls(repository).flatMap((pull) => [pull.head.sha, pull.base.sha]);
  const known = [...commits.map(({ sha }) => sha), ...branches.map(({ sha }) => sha), ...pushed, ...heads];
  return { ...context, repository, references: referencesOf({ state, repository, url, commits: known }) };
}

/** In a pull request its own commits may be mentioned as well. */
export async function pullContext(pull: Pull, context: RepositoryContext): Promise<RepositoryContext> {
  const commits = (await context.git.commitsOfPull(pull)).map(({ sha }) => sha);
  const own = referencesOf({ ...context, commits });
  const commit = (sha: string) => own.commit(sha) ?? context.references.commit(sha);
  return { ...context, references: { ...own, commit } };
}

/**
 * What follows `/owner/name/blob/` in a path: a branch's name may hold slashes, so the longest branch that fits is
 * taken, else the first part. Throws URIError where the path is not properly encoded, or cannot be one of git's.
 */
export async function refAndPath(
  { git, repository }: RepositoryContext,
  pathname: string,
): Promise<{ ref: string; path: string }> {
  const rest = pathname.split("/").slice(4).map(decodeURIComponent).join("/").replace(/\/$/, "");
  if (rest.includes("\0")) throw new URIError("neither a ref nor a path can hold NUL");
  const branches = await git.branches(repository);
  const fitting = branches
    .map(({ name }) => name)
    .filter((name) => rest === name || rest.startsWith(`${name}/`))
    .toSorted((one, other) => other.length - one.length)[0];
  const ref = fitting ?? rest.split("/", 1)[0] ?? "";
  return { ref, path: rest.slice(ref.length + 1) };
}
