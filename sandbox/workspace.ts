/** Tells what the agent made of the repository. */
import { spawn } from "node:child_process";
import { endOf, git, gitFailure } from "./git.ts";
import { RequestFailure, WORKSPACE, type InspectAnswer } from "./protocol.ts";

export async function inspectWorkspace(options: {
  base: string;
  env: Record<string, string>;
}): Promise<InspectAnswer> {
  const [head, count, status] = await Promise.all([
    git(["rev-parse", "--verify", "-q", "HEAD^{commit}"], options.env),
    git(["rev-list", "--count", `${options.base}..HEAD`, "--"], options.env),
    git(["status", "--porcelain", "-z", "--untracked-files=normal"], options.env),
  ]);
  return { headSha: head.toString().trim(), commits: Number(count.toString()), dirty: status.length > 0 };
}

/** Bytes of a bundle of base..HEAD go to `write`, which waits until there is room. Resolves to their number. */
export async function bundleWork(options: {
  base: string;
  maxBytes: number;
  env: Record<string, string>;
  signal: AbortSignal;
  write: (chunk: Buffer) => Promise<void>;
}): Promise<number> {
  const { base, maxBytes, env, signal, write } = options;
  const count = await git(["rev-list", "--count", `${base}..HEAD`, "--"], env);
  if (Number(count.toString()) === 0)
    throw new RequestFailure("no_commits", "there is no commit after the base");
  const child = spawn("git", ["bundle", "create", "-q", "-", "HEAD", `^${base}`], {
    cwd: WORKSPACE,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = endOf(child);
  const cancel = () => child.kill("SIGKILL");
  signal.addEventListener("abort", cancel, { once: true });
  let bytes = 0;
  try {
    for await (const chunk of child.stdout) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes)
        throw new RequestFailure("too_big", `the bundle is larger than ${maxBytes} bytes`);
      await write(chunk as Buffer);
    }
    const { code, stderr } = await ended;
    if (code !== 0) throw gitFailure(stderr);
    return bytes;
  } finally {
    signal.removeEventListener("abort", cancel);
    child.kill("SIGKILL");
  }
}
