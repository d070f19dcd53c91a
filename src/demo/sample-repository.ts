import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export type SampleName = "basket" | "tideline";

export interface SampleRepository {
  /** Absolute path of the bare repository: `<directory>/<name>.git`. */
  readonly gitDir: string;
  readonly defaultBranch: string;
  readonly headSha: string;
}

/**
 * Makes a sample repository with its history, bare, in `directory`. The same data gives the same SHAs on every machine.
 * Throws when `<name>.git` is already there or git fails.
 */
export async function makeSampleRepository(options: {
  name: SampleName;
  directory: string;
}): Promise<SampleRepository> {
  const gitDir = join(options.directory, `${options.name}.git`);
  if (existsSync(gitDir)) throw new Error(`${gitDir} is already there`);
  await mkdir(options.directory, { recursive: true });
  await git(["init", "--quiet", "--bare", "--template=", `--initial-branch=${defaultBranch}`, gitDir]);
  await git([`--git-dir=${gitDir}`, "fast-import", "--quiet"], await historyAsStream(options.name));
  const headSha = (await git([`--git-dir=${gitDir}`, "rev-parse", "--verify", defaultBranch])).trim();
  return { gitDir, defaultBranch, headSha };
}

const defaultBranch = "main";
const samples = join(import.meta.dirname, "samples");

/** `history.json` of a sample. A file's content at commit N is `versions/NN/<path>` if there, else `files/<path>`. */
const History = z.strictObject({
  people: z.record(z.string(), z.strictObject({ name: z.string(), email: z.string() })),
  commits: z.array(
    z.strictObject({
      author: z.string(),
      date: z.iso.datetime({ offset: true }),
      message: z.string(),
      files: z.array(z.string()).min(1),
    }),
  ),
});

/** The whole history in the format of `git fast-import`: one process, no index, no work tree, nothing of the user's. */
async function historyAsStream(name: SampleName): Promise<Buffer> {
  const folder = join(samples, name);
  const history = History.parse(JSON.parse(await readFile(join(folder, "history.json"), "utf8")));
  const parts: Buffer[] = [];
  for (const [index, commit] of history.commits.entries()) {
    const person = history.people[commit.author];
    if (!person) throw new Error(`${name}/history.json: nobody is called ${commit.author}`);
    const signature = `${person.name} <${person.email}> ${gitDate(commit.date)}`;
    parts.push(
      Buffer.from(`commit refs/heads/${defaultBranch}\nauthor ${signature}\ncommitter ${signature}\n`),
      data(Buffer.from(`${commit.message}\n`)),
    );
    for (const path of commit.files) {
      const earlier = join(folder, "versions", String(index + 1).padStart(2, "0"), path);
      const content = await readFile(existsSync(earlier) ? earlier : join(folder, "files", path));
      parts.push(Buffer.from(`M 100644 inline ${path}\n`), data(content));
    }
  }
  return Buffer.concat(parts);
}

function data(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from("\n")]);
}

/** `2024-09-14T10:12:00+02:00` as git writes it: `1726301520 +0200`. */
function gitDate(date: string): string {
  const zone = date.endsWith("Z") ? "+0000" : date.slice(-6).replace(":", "");
  return `${Date.parse(date) / 1000} ${zone}`;
}

function git(args: readonly string[], input?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("git", [...args], { env: gitEnvironment }, (error, stdout) =>
      error
        ? reject(new Error("git could not make the sample repository", { cause: error }))
        : resolve(stdout),
    );
    // A git that ends early closes the pipe; its exit status says why.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** Nothing of the user's or the system's git settings reaches the samples: their SHAs must be the same everywhere. */
const gitEnvironment = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
};
