import { posix } from "node:path";
import { GitError } from "../errors.ts";
import { defaultDeniedPaths, pathMatcher } from "./denied-paths.ts";
import { hostGit } from "./host-git.ts";
import type { TreeChange } from "./tree-changes.ts";

export interface QuarantineRules {
  readonly maxFileBytes: number;
  /** Paths that a change may not touch, besides defaultDeniedPaths. */
  readonly deny: readonly string[];
  /** Takes paths out of what is denied. */
  readonly permit: readonly string[];
}

/** Throws GitError `quarantine.<rule>` for the first change that must not leave a sandbox. */
export async function enforceRules(options: {
  gitDir: string;
  changes: readonly TreeChange[];
  rules: QuarantineRules;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { gitDir, changes, rules, signal } = options;
  const denied = pathMatcher([...defaultDeniedPaths, ...rules.deny]);
  const permitted = pathMatcher(rules.permit);
  for (const { path, mode, status } of changes) {
    refuseName(path);
    const rule = permitted(path) === null ? denied(path) : null;
    if (rule !== null)
      throw refused(
        "denied_path",
        path,
        `falls under \`${rule}\`, which agents may not change`,
        DENIED_MEND,
        { rule },
      );
    if (status === "deleted") continue;
    if (mode === "160000" || isGitName(path, /^\.?gitmodules$|^gitmod~\d+$|^gi7eba~\d+$/)) {
      throw refused(
        "submodule",
        path,
        "is or names a submodule",
        "Add submodules by hand; an agent's change may not.",
      );
    }
    if (!["100644", "100755", "120000"].includes(mode)) {
      throw refused(
        "file_kind",
        path,
        `has the mode ${mode}`,
        "Commit plain files, executables and links only.",
      );
    }
  }
  const present = changes.filter((change) => change.status !== "deleted");
  await refuseLargeFiles({ gitDir, changes: present, maxFileBytes: rules.maxFileBytes, signal });
  const links = present.filter((change) => change.mode === "120000");
  for (const link of links) await refuseLinkOutside({ gitDir, link, signal });
}

/** For people and logs: control, format and direction characters as escapes. */
function displayPath(path: string): string {
  const escaped = path.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\\]/gu, (character) =>
    character === "\n"
      ? "\\n"
      : character === "\\"
        ? "\\\\"
        : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return escaped.length > 300 ? `${escaped.slice(0, 300)}…` : escaped;
}

const DENIED_MEND = "Leave it out of every commit; a person can make this change by hand.";

function refuseName(path: string): void {
  const mend = "Give the file a plain name.";
  if (path.includes("\u{FFFD}")) throw refused("path", path, "has a name that is not UTF-8", mend);
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw refused("path", path, "is not a plain path", mend);
  if (parts.some((part) => isGitName(part, /^\.git$|^git~\d+$/))) {
    throw refused("git_folder", path, "would be taken for git's own folder", mend);
  }
  if (Buffer.byteLength(path) > 4000 || parts.some((part) => Buffer.byteLength(part) > 255)) {
    throw refused("path", path, "has too long a name", mend);
  }
}

/** As file systems see names that fold case, skip invisible characters, drop trailing dots and spaces, or have streams. */
function isGitName(part: string, pattern: RegExp): boolean {
  const folded = part.replaceAll(/[\p{Cf}\p{Cc}]/gu, "").toLowerCase();
  return folded.split("\\").some((piece) => pattern.test(piece.replace(/:.*$/s, "").replace(/[. ]+$/, "")));
}

async function refuseLargeFiles(options: {
  gitDir: string;
  changes: readonly TreeChange[];
  maxFileBytes: number;
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { gitDir, changes, maxFileBytes, signal } = options;
  if (changes.length === 0) return;
  const output = await hostGit(["cat-file", "--batch-check=%(objecttype) %(objectsize)", "--buffer"], {
    gitDir,
    input: changes.map((change) => `${change.sha}\n`).join(""),
    signal,
  });
  const lines = output.toString().split("\n");
  for (const [index, change] of changes.entries()) {
    const [type, size] = (lines[index] ?? "").split(" ");
    if (type !== "blob") throw refused("objects", change.path, "has no contents", "Start the run again.");
    if (Number(size) > maxFileBytes) {
      const fields = { bytes: Number(size), maxFileBytes };
      throw refused(
        "file_too_big",
        change.path,
        `has ${inMegabytes(Number(size))}, more than the ${inMegabytes(maxFileBytes)} that a file may have`,
        "Leave the file out of every commit (see .gitignore), or keep it where large files belong.",
        fields,
      );
    }
  }
}

async function refuseLinkOutside(options: {
  gitDir: string;
  link: TreeChange;
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { gitDir, link, signal } = options;
  const target = (
    await hostGit(["cat-file", "blob", link.sha], { gitDir, signal, maxOutputBytes: 64 * 1024 })
  ).toString();
  const end = posix.normalize(posix.join(posix.dirname(link.path), target));
  const inside = !target.startsWith("/") && end !== ".." && !end.startsWith("../");
  if (inside && !target.split("/").some((part) => isGitName(part, /^\.git$|^git~\d+$/))) return;
  throw refused(
    "symlink",
    link.path,
    "is a link that leads out of the repository",
    "Link to files of the repository only, by relative paths.",
  );
}

function inMegabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024 / 1024)} MB`;
}

function refused(
  rule: string,
  path: string,
  why: string,
  mend: string,
  fields: Record<string, unknown> = {},
): GitError {
  const shown = displayPath(path);
  return new GitError(`quarantine.${rule}`, `\`${shown}\` ${why}`, {
    mend,
    fields: { ...fields, path: shown },
  });
}
