import { GitError } from "../errors.ts";
import { hostGit, tryHostGit } from "./host-git.ts";

/**
 * The first of `candidates` that can be made as a new branch in a person's repository. Throws GitError `git.branch_name` when
 * one cannot be a name, `git.branch_exists` for the first candidate when all are taken.
 */
export async function freeBranch(options: {
  /** The person's folder, or one inside it. */
  repository: string;
  candidates: Iterable<string>;
  signal?: AbortSignal;
}): Promise<string> {
  const { repository, signal } = options;
  const listed = await hostGit(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"], {
    cwd: repository,
    signal,
  });
  const taken = new Set(listed.toString().split("\n").filter(Boolean));
  let first: string | null = null;
  for (const branch of options.candidates) {
    await requireBranchName(branch, signal);
    if (!collides(branch, taken)) return branch;
    first ??= branch;
  }
  throw branchExists(first ?? "", {});
}

/** Throws GitError `git.branch_name`. */
export async function requireBranchName(branch: string, signal: AbortSignal | undefined): Promise<void> {
  const valid = await tryHostGit(["check-ref-format", "--branch", branch], { signal });
  if (valid.exitCode === 0) return;
  throw new GitError("git.branch_name", `${JSON.stringify(branch)} cannot be a branch's name.`, {
    mend: "Choose another name with --branch.",
    fields: { branch },
  });
}

export function branchExists(branch: string, fields: Record<string, unknown>): GitError {
  return new GitError(
    "git.branch_exists",
    `The branch ${branch} is there already, or one that its name collides with.`,
    {
      mend: `Delete it (git branch -D ${branch}) or choose another name with --branch.`,
      fields: { branch, ...fields },
    },
  );
}

/** Branches are files to git: `a` and `a/b` cannot both be there. */
function collides(branch: string, taken: ReadonlySet<string>): boolean {
  return [...taken].some(
    (other) => other === branch || other.startsWith(`${branch}/`) || branch.startsWith(`${other}/`),
  );
}
