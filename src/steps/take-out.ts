import { GitError, SandboxError } from "../errors.ts";
import { problemOfMessage } from "../git/commit-words.ts";
import type { Admitted } from "../git/quarantine.ts";
import { neutraliseTitle } from "../github/neutralise-markdown.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { admitChange, quarantineLimits } from "./quarantined-change.ts";
import type { Task } from "./task.ts";
import type { Workbench } from "./workbench.ts";

/** What a coder leaves in the tree without a commit becomes one. */
export async function commitLeftovers(
  sandbox: Sandbox,
  options: { title: string; signal: AbortSignal },
): Promise<void> {
  await sandbox.exec(
    'git add --all && { git diff --cached --quiet || git commit --quiet --message "$HANDBACK_MESSAGE"; }',
    { env: { HANDBACK_MESSAGE: leftoverMessage(options.title) }, signal: options.signal },
  );
}

/** A title is a stranger's words: one that could not stand in a commit says nothing. */
function leftoverMessage(title: string): string {
  const line = neutraliseTitle(title);
  return line === "" || problemOfMessage(line) !== null ? "Keep what was not committed" : line;
}

/** The commits as a bundle, through quarantine, into the step's artifact. A refusal is a value: the coder may mend it. */
export async function takeOut(
  bench: Workbench,
  options: { step: string; task: Task; from: string; sandbox: Sandbox; signal: AbortSignal },
): Promise<Admitted | GitError | SandboxError> {
  const { step, task, from, sandbox, signal } = options;
  try {
    const { maxBytes } = quarantineLimits;
    const bundle = await sandbox.bundle({ base: from, baseBranch: task.baseRef, maxBytes, signal });
    const admitted = await admitChange(bench, { task, bundle, from, signal });
    await bench.artifacts.put(artifactOf(step), bundle);
    return admitted;
  } catch (error) {
    if (error instanceof GitError && error.code.startsWith("quarantine.")) return error;
    if (error instanceof SandboxError && error.code === "sandbox.result_too_big") return error;
    throw error;
  }
}

export function artifactOf(step: string): string {
  return `${step}.bundle`;
}

/** Puts commits which an earlier life of the run took out of this step's sandbox into a new one. Best effort: without them the work begins anew. */
export async function putBackIn(
  bench: Workbench,
  options: { step: string; sandbox: Sandbox; signal: AbortSignal },
): Promise<void> {
  const { step, sandbox, signal } = options;
  const bundle = await bench.artifacts.get(artifactOf(step));
  if (bundle === null) return;
  await sandbox.writeFile(bundleFile, bundle);
  await sandbox.exec(
    `git fetch --quiet ${bundleFile} HEAD && git reset --quiet --hard FETCH_HEAD; rm -f ${bundleFile}`,
    { signal },
  );
}

const bundleFile = "/tmp/handback-rung-below.bundle";
