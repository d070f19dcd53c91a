import { git, gitText } from "./git.ts";

export type GitRef = { ref: string; sha: string; type: "commit" | "tag" | "tree" | "blob" };

export const zeroSha = "0".repeat(40);

/** Refs whose names start with `prefix` (`refs/heads/`), in the order of their names. */
export async function listRefs(gitDirectory: string, prefix = "refs/"): Promise<GitRef[]> {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const text = await gitText(gitDirectory, ["for-each-ref", format]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [sha, type, ...name] = line.split(" ");
      return { sha: sha!, type: type as GitRef["type"], ref: name.join(" ") };
    })
    .filter((entry) => entry.ref.startsWith(prefix));
}

export async function readRef(gitDirectory: string, ref: string): Promise<GitRef | undefined> {
  const refs = await listRefs(gitDirectory, ref);
  return refs.find((entry) => entry.ref === ref);
}

export async function isValidRefName(gitDirectory: string, ref: string): Promise<boolean> {
  const { exitCode } = await git(gitDirectory, ["check-ref-format", ref], { allow: [1, 129] });
  return exitCode === 0;
}

/** Moves, makes or (with `zeroSha`) deletes a ref. */
export async function writeRef(gitDirectory: string, ref: string, sha: string): Promise<void> {
  await git(gitDirectory, sha === zeroSha ? ["update-ref", "-d", ref] : ["update-ref", ref, sha]);
}

export async function isAncestor(gitDirectory: string, ancestor: string, of: string): Promise<boolean> {
  const { exitCode } = await git(gitDirectory, ["merge-base", "--is-ancestor", ancestor, of], { allow: [1] });
  return exitCode === 0;
}

export async function mergeBase(
  gitDirectory: string,
  one: string,
  other: string,
): Promise<string | undefined> {
  const { stdout, exitCode } = await git(gitDirectory, ["merge-base", one, other], { allow: [1] });
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}
