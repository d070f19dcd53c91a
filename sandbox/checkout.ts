/** Brings the repository into the sandbox. */
import { appendFileSync, copyFileSync, existsSync, statfsSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { eachLine, git } from "./git.ts";
import { MIRROR, RequestFailure, WORKSPACE } from "./protocol.ts";
import { isFull } from "./workspace-disk.ts";

/**
 * A repository at /workspace whose objects come from the mirror; HEAD on `branch` at `commit`, or detached. The mirror is its
 * `origin`, so that `git fetch` finds the base branch there without a network.
 */
export async function prepareWorkspace(options: {
  commit: string;
  branch: string | null;
  author: { name: string; email: string };
  env: Record<string, string>;
}): Promise<void> {
  const { commit, branch, author, env } = options;
  const format = commit.length === 64 ? "sha256" : "sha1";
  const first = branch ?? "handback-detached";
  await git(["init", "-q", "--template=", `--object-format=${format}`, "-b", first, "."], env);
  writeFileSync(`${WORKSPACE}/.git/objects/info/alternates`, `${MIRROR}/objects\n`);
  if (existsSync(`${MIRROR}/shallow`)) copyFileSync(`${MIRROR}/shallow`, `${WORKSPACE}/.git/shallow`);
  appendFileSync(
    `${WORKSPACE}/.git/config`,
    `[core]\n\thooksPath = /dev/null\n[user]\n\tname = ${quoted(author.name)}\n\temail = ${quoted(author.email)}\n[remote "origin"]\n\turl = ${MIRROR}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
  );
  const checkout =
    branch === null ? ["checkout", "-q", "--detach", commit, "--"] : ["reset", "-q", "--hard", commit, "--"];
  const started = performance.now();
  try {
    // git goes on after the first file for which there is no room, for as long as it would take to write them all.
    await git(checkout, env, { endAt: "unable to " });
  } catch (error) {
    throw (await noRoomFor(commit, env)) ?? error;
  }
  if (performance.now() - started > LONG_CHECKOUT_MS) await letIndexBeNewer();
}

/** From here on the files of a checkout's last second are so many that they are worth waiting for its end. */
const LONG_CHECKOUT_MS = 1_000;

/**
 * git does not trust what it noted of files that are not older than its index, by whole seconds: the first `git add`
 * would store each of them again, because it cannot mark the mirror's objects as used. So nothing runs until the second
 * is over, and the index is then dated.
 */
async function letIndexBeNewer(): Promise<void> {
  // The clock of files may lag by a tick.
  await setTimeout(1_000 - (Date.now() % 1_000) + 20);
  const now = new Date();
  utimesSync(`${WORKSPACE}/.git/index`, now, now);
}

const PAGE_BYTES = 4096;
/** The repository's own files need some room, too. */
const NEARLY = 0.85;

/** Why the checkout of a commit did not fit; null when there is still room. */
async function noRoomFor(commit: string, env: Record<string, string>): Promise<RequestFailure | null> {
  if (!isFull()) return null;
  const disk = statfsSync(WORKSPACE);
  let files = 0;
  let bytes = 0;
  const folders = new Set<string>();
  await eachLine(["ls-tree", "-r", "-z", "--long", commit, "--"], env, (line) => {
    const [, size = "", path = ""] = /^\S+ \S+ \S+ +(\S+)\t(.*)$/s.exec(line) ?? [];
    files += 1;
    // A file takes whole pages of memory.
    bytes += Math.ceil((Number(size) || 0) / PAGE_BYTES) * PAGE_BYTES;
    folders.add(dirname(path));
  });
  const needMb = Math.ceil(bytes / 1024 / 1024);
  const haveMb = Math.floor((disk.blocks * disk.bsize) / 1024 / 1024);
  const isTooMuch = needMb > haveMb * NEARLY;
  if (!isTooMuch && files + folders.size < disk.files * NEARLY) return null;
  const message = isTooMuch
    ? `its ${files} files take ${needMb} MB, and the workspace has ${haveMb} MB`
    : `it has ${files} files in ${folders.size} folders, and the workspace has room for ${disk.files}`;
  return new RequestFailure("checkout_too_big", message, Math.max(needMb, Math.ceil(files / 512)));
}

/** As git's configuration files quote a value. */
function quoted(value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
