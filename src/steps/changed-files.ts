import { kindOfFile } from "../run/test-files.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { readOutput } from "./read-output.ts";
import type { Workbench } from "./workbench.ts";

export interface ChangedFiles {
  /** The commit that the change is compared with: where its branch left the base. */
  readonly from: string;
  /** Paths of source files that were there before, changed or deleted. */
  readonly oldSources: readonly string[];
  /** Paths of source files that are new. */
  readonly newSources: readonly string[];
  /** Test files that were changed or added. */
  readonly tests: readonly string[];
  readonly changedSourceWithoutTest: boolean;
}

/** What a change touches, by kind of file, from the checkout in the sandbox. */
export async function changedFiles(
  bench: Workbench,
  options: { sandbox: Sandbox; base: string; headSha: string; signal: AbortSignal },
): Promise<ChangedFiles> {
  const { sandbox, base, headSha, signal } = options;
  const result = await sandbox.exec(listChanges, { env: { HANDBACK_BASE: base }, signal });
  const output = await readOutput(sandbox, result);
  const [from = base, inline = "", ...entries] = (output?.text ?? "").split("\0");
  const sources: { path: string; isNew: boolean }[] = [];
  const tests: string[] = [];
  for (let index = 0; index + 1 < entries.length; index += 2) {
    const status = entries[index];
    const path = entries[index + 1] ?? "";
    const kind = kindOfFile(path);
    if (kind === "source") sources.push({ path, isNew: status === "A" });
    if (kind === "test" && status !== "D") tests.push(path);
  }
  const isUntested = sources.length > 0 && tests.length === 0 && inline.trim() === "";
  return {
    from,
    oldSources: sources.filter(({ isNew }) => !isNew).map(({ path }) => path),
    newSources: sources.filter(({ isNew }) => isNew).map(({ path }) => path),
    tests,
    changedSourceWithoutTest: isUntested && (await hasTests(bench, { headSha, signal })),
  };
}

/** Merge base, tests that live inside source files (Rust, Zig), then pairs of status and path; all ended by NUL. */
const listChanges = String.raw`
from=$(git merge-base "$HANDBACK_BASE" HEAD) || from=$HANDBACK_BASE
printf '%s\0' "$from"
git diff --no-ext-diff -U0 "$from" HEAD -- '*.rs' '*.zig' |
  grep -m1 -aoE '^\+[[:space:]]*(#\[([a-z_]+::)*test|assert|test ")'
printf '\0'
git diff --no-ext-diff --no-renames --name-status -z "$from" HEAD`;

async function hasTests(
  bench: Workbench,
  { headSha, signal }: { headSha: string; signal: AbortSignal },
): Promise<boolean> {
  const paths = await bench.git.listFiles({ mirror: bench.mirror, commit: headSha, signal });
  return paths.some((path) => kindOfFile(path) === "test");
}
