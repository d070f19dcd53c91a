import type { Git } from "../git/git.ts";
import type { Mirror } from "../git/mirror.ts";
import { detectChecks, filesToRead } from "../run/detect-checks.ts";
import type { Settings } from "../settings/settings.ts";
import type { Task } from "./task.ts";

const notesFiles = ["AGENTS.md", "CLAUDE.md"];

/** How the repository is set up and checked, and its notes for agents: from the base commit only, never from a head. */
export async function inspectBase(
  mirror: Mirror,
  options: { git: Git; commit: string; settings: Settings; signal: AbortSignal },
): Promise<Pick<Task, "setup" | "verify" | "notes">> {
  const { git, commit, settings, signal } = options;
  const read = (path: string): Promise<string | null> =>
    git.readCommittedFile({ mirror: mirror.path, commit, path, signal });
  const paths = await git.listFiles({ mirror: mirror.path, commit, signal });
  const contents: Record<string, string> = {};
  for (const path of filesToRead.filter((file) => paths.includes(file))) {
    const text = await read(path);
    if (text !== null) contents[path] = text;
  }
  const detected = detectChecks({ contents, paths });
  const notesFile = notesFiles.find((file) => paths.includes(file));
  return {
    setup: settings.setup ?? detected.setup,
    verify: settings.verify ?? detected.verify,
    notes: notesFile === undefined ? "" : ((await read(notesFile)) ?? ""),
  };
}
