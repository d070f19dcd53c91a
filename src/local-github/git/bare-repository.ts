import { appendFile, chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { git, gitText } from "./git.ts";
import { updateHook } from "./update-hook.ts";

/** GitHub keeps `refs/pull` itself: nobody pushes there. */
const configuration = `
[http]
\treceivepack = true
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[receive]
\thideRefs = refs/pull
[gc]
\tauto = 0
`;

/**
 * Makes the bare repository behind a repository of the local GitHub. `source` is a folder with a git repository, a
 * bare one, or a bundle; its branches and tags are copied, nothing else. Returns the default branch: the one asked
 * for, the source's HEAD, or `main`.
 */
export async function createBareRepository(
  gitDirectory: string,
  options: { source?: string; defaultBranch?: string },
): Promise<string> {
  await mkdir(gitDirectory, { recursive: true });
  await git(gitDirectory, ["init", "--quiet", "--bare", "--initial-branch=main", gitDirectory]);
  await appendFile(path.join(gitDirectory, "config"), configuration);
  const hook = path.join(gitDirectory, "hooks", "update");
  await mkdir(path.dirname(hook), { recursive: true });
  await writeFile(hook, updateHook);
  await chmod(hook, 0o755);

  let head: string | undefined;
  if (options.source) {
    const source = path.resolve(options.source);
    await git(gitDirectory, [
      "-c",
      "safe.directory=*",
      "fetch",
      "--quiet",
      "--no-write-fetch-head",
      source,
      "+refs/heads/*:refs/heads/*",
      "+refs/tags/*:refs/tags/*",
    ]);
    head = await sourceHead(gitDirectory, source);
  }
  const defaultBranch = options.defaultBranch ?? head ?? "main";
  await git(gitDirectory, ["symbolic-ref", "HEAD", `refs/heads/${defaultBranch}`]);
  return defaultBranch;
}

async function sourceHead(gitDirectory: string, source: string): Promise<string | undefined> {
  const text = await gitText(gitDirectory, ["ls-remote", "--symref", source, "HEAD"], { allow: [128] });
  const symbolic = /^ref: refs\/heads\/(\S+)\s+HEAD$/m.exec(text)?.[1];
  if (symbolic) return symbolic;
  // A bundle tells only the commit: take the branch that is there.
  const branches = await gitText(gitDirectory, ["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
  const names = branches.split("\n").filter((name) => name !== "");
  return names.find((name) => name === "main" || name === "master") ?? names[0];
}
