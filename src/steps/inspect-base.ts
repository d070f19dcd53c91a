import type { Mirror } from "../git/mirror.ts";
import { listFiles, readCommittedFile } from "../git/read-commit.ts";
import { detectChecks, filesToRead } from "../run/detect-checks.ts";
import type { Settings } from "../settings/settings.ts";
import type { Task } from "./task.ts";

const notesFiles = ["AGENTS.md", "CLAUDE.md"];

/** How the repository is set up and checked, and its notes for agents: from the base commit only, never from a head. */
export async function inspectBase(
  mirror: Mirror,
  options: { commit: string; settings: Settings; signal: AbortSignal },
): Promise<Pick<Task, "setup" | "verify" | "notes">> {
  const { commit, settings, signal } = options;
  const read = (path: string): Promise<string | null> =>
    readCommittedFile({ mirror: mirror.path, commit, path, signal });
  const paths = await listFiles({ mirror: mirror.path, commit, signal });
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
