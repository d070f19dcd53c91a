import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { sampleFiles } from "./sample-files.ts";
import type { Trajectory } from "./trajectory.ts";

const run = promisify(execFile);

/** Where one harness works once: a new repository with one commit, and a home folder without anything of this machine's. */
export interface Workplace extends AsyncDisposable {
  /** With a work tree. */
  readonly repository: string;
  readonly home: string;
  readonly commit: string;
  /** What of the trajectory's expected files is not in the last commit, a line each. */
  missing(trajectory: Trajectory): Promise<string[]>;
}

export async function openWorkplace(): Promise<Workplace> {
  const root = await mkdtemp(join(await realpath(tmpdir()), "hb-bench-"));
  const repository = join(root, "workspace");
  const home = join(root, "home");
  await mkdir(home);
  for (const [path, text] of Object.entries(sampleFiles())) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  const git = async (...args: string[]) =>
    (await run("git", args, { cwd: repository, maxBuffer: 1e8 })).stdout;
  await git("init", "-q", "-b", "main");
  await git("config", "user.name", "Bench");
  await git("config", "user.email", "bench@example.com");
  await git("add", "-A");
  await git("commit", "-q", "-m", "Start");
  return {
    repository,
    home,
    commit: (await git("rev-parse", "HEAD")).trim(),
    missing: (trajectory) =>
      missingIn(trajectory, async (path) => await git("show", `HEAD:${path}`).catch(() => "")),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function missingIn(trajectory: Trajectory, show: (path: string) => Promise<string>): Promise<string[]> {
  const problems: string[] = [];
  for (const [path, text] of Object.entries(trajectory.expected)) {
    if ((await show(path)) !== text) problems.push(`${path} is not as it must be in the last commit`);
  }
  return problems;
}
