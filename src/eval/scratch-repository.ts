import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { folderRemote } from "../git/git-remote.ts";
import { hostGit } from "../git/host-git.ts";
import type { CommittedFile } from "./changed-files.ts";

/** null: removed. */
export type WrittenFile = CommittedFile | { readonly mode: string; readonly content: string };

/**
 * A bare repository which holds one commit with its history and what is made on top of it, and nothing that came later:
 * an agent which looks through all objects that it is given does not find the answer.
 */
export interface ScratchRepository extends AsyncDisposable {
  readonly gitDir: string;
  /** A commit with these files written (null: removed) over those of `parent`; what is named by its object must be here. Returns its sha. */
  commit(options: {
    parent: string;
    files: ReadonlyMap<string, WrittenFile>;
    message: string;
  }): Promise<string>;
  /** Brings a commit with all that it stands on. */
  fetch(sha: string): Promise<void>;
}

export async function makeScratchRepository(options: {
  /** A bare repository of this host's own. */
  from: string;
  sha: string;
  signal: AbortSignal;
}): Promise<ScratchRepository> {
  const { from, signal } = options;
  const directory = await mkdtemp(path.join(tmpdir(), "handback-eval-"));
  const gitDir = path.join(directory, "repository.git");
  const scratch: ScratchRepository = {
    gitDir,
    fetch: async (sha) => {
      await hostGit(
        [
          "fetch",
          "--quiet",
          "--no-tags",
          "--no-write-fetch-head",
          "--end-of-options",
          from,
          `${sha}:refs/eval/${sha}`,
        ],
        { gitDir, remote: folderRemote(from), signal },
      );
    },
    commit: async ({ parent, files, message }) => {
      const ref = `refs/eval/made-${crypto.randomUUID()}`;
      await hostGit(["fast-import", "--quiet", "--done"], {
        gitDir,
        input: importStream({ ref, parent, files, message }),
        signal,
      });
      return (await hostGit(["rev-parse", "--verify", "--end-of-options", ref], { gitDir, signal }))
        .toString()
        .trim();
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
  try {
    await hostGit(["init", "--quiet", "--bare", "--template=", gitDir], { signal });
    await scratch.fetch(options.sha);
    return scratch;
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

function importStream(commit: {
  ref: string;
  parent: string;
  files: ReadonlyMap<string, WrittenFile>;
  message: string;
}): string {
  const signature = "Handback <handback@users.noreply.github.com> 1700000000 +0000";
  const removed: string[] = [];
  const written: string[] = [];
  for (const [path, file] of commit.files) {
    const name = JSON.stringify(path);
    if (file === null) removed.push(`D ${name}\n`);
    else if ("sha" in file) written.push(`M ${file.mode} ${file.sha} ${name}\n`);
    else written.push(`M ${file.mode} inline ${name}\n${data(file.content)}`);
  }
  return [
    `commit ${commit.ref}\nauthor ${signature}\ncommitter ${signature}\n`,
    data(commit.message),
    `from ${commit.parent}\n`,
    // First: a file may have become a folder of the same name.
    ...removed,
    ...written,
    "done\n",
  ].join("");
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
