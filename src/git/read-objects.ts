import { GitError } from "../errors.ts";
import { hostGit } from "./host-git.ts";

interface Objects {
  readonly gitDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of each object. Throws GitError `quarantine.objects` for one that is not there, or of another type. */
export async function sizesOf({
  gitDir,
  type,
  shas,
  signal,
}: Objects & { type: "blob" | "commit"; shas: readonly string[] }): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  if (shas.length === 0) return sizes;
  const output = await hostGit(["cat-file", "--batch-check=%(objecttype) %(objectsize)", "--buffer"], {
    gitDir,
    input: shas.map((sha) => `${sha}\n`).join(""),
    signal,
  });
  const lines = output.toString().split("\n");
  for (const [index, sha] of shas.entries()) {
    const [found, size] = (lines[index] ?? "").split(" ");
    if (found !== type) throw lost(sha, type);
    sizes.set(sha, Number(size));
  }
  return sizes;
}

/** Their contents, some at a time, so that not all of them are in memory at once. */
export async function* readObjects({
  gitDir,
  sizes,
  signal,
}: Objects & { sizes: ReadonlyMap<string, number> }): AsyncGenerator<{ sha: string; bytes: Buffer }> {
  let group: [sha: string, size: number][] = [];
  let room = groupBytes;
  for (const [sha, size] of sizes) {
    if (group.length > 0 && size > room) {
      yield* readGroup(group, { gitDir, signal });
      group = [];
      room = groupBytes;
    }
    group.push([sha, size]);
    room -= size;
  }
  yield* readGroup(group, { gitDir, signal });
}

const groupBytes = 8 << 20;

async function* readGroup(
  group: readonly [sha: string, size: number][],
  { gitDir, signal }: Objects,
): AsyncGenerator<{ sha: string; bytes: Buffer }> {
  if (group.length === 0) return;
  const output = await hostGit(["cat-file", "--batch=%(objecttype)", "--buffer"], {
    gitDir,
    input: group.map(([sha]) => `${sha}\n`).join(""),
    signal,
    maxOutputBytes: 256 << 20,
  });
  let at = 0;
  for (const [sha, size] of group) {
    const start = output.indexOf("\n", at) + 1;
    yield { sha, bytes: output.subarray(start, start + size) };
    at = start + size + 1;
  }
}

function lost(sha: string, type: string): GitError {
  return new GitError("quarantine.objects", `the object ${sha} is no ${type}, or not there`, {
    mend: "Start the run again.",
  });
}
