import { posix } from "node:path";
import { GitError } from "../errors.ts";
import { defaultDeniedPaths, neverPermitted, pathMatcher } from "./denied-paths.ts";
import { displayPath } from "./display-path.ts";
import { sizesOf } from "./read-objects.ts";
import { hostGit } from "./host-git.ts";
import type { TreeChange } from "./tree-changes.ts";

export interface QuarantineRules {
  readonly maxFileBytes: number;
  /** Paths that a change may not touch, besides defaultDeniedPaths. */
  readonly deny: readonly string[];
  /** Takes paths out of what is denied. */
  readonly permit: readonly string[];
  /** Whether the base branch was merged in: then what to do about a path is another thing. */
  readonly hasMerge: boolean;
}

/** Throws GitError `quarantine.<rule>` for the first change that must not leave a sandbox. */
export async function enforceRules(options: {
  gitDir: string;
  changes: readonly TreeChange[];
  rules: QuarantineRules;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { gitDir, changes, rules, signal } = options;
  const deniedBy = denialOf(rules);
  for (const { path, mode, status } of changes) {
    refuseName(path);
    const denial = deniedBy(path);
    if (denial !== null) {
      throw refused(
        "denied_path",
        path,
        `falls under \`${denial.rule}\`, which agents may not change${denial.why}`,
        `Leave it out of every commit${rules.hasMerge ? ", and in the merge take it from the side that changed it" : ""}; a person can make this change by hand.`,
        { rule: denial.rule },
      );
    }
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

/** What a merge brought as an older commit of the base branch has it. Throws GitError `quarantine.denied_path`. */
export function refuseOutdated(changes: readonly TreeChange[], rules: QuarantineRules): void {
  const deniedBy = denialOf(rules);
  for (const { path } of changes) {
    const rule = deniedBy(path)?.rule;
    if (rule === undefined) continue;
    throw refused(
      "denied_path",
      path,
      `falls under \`${rule}\`, and is as an older commit of the base branch has it`,
      "Fetch the base branch and merge its newest commit.",
      { rule },
    );
  }
}

const neverIn = pathMatcher(neverPermitted.map(({ rule }) => rule));

/** Says by which rule a path is denied. What settings permit is out of it, but for what no setting can permit: then `why` says so. */
function denialOf(rules: QuarantineRules): (path: string) => { rule: string; why: string } | null {
  const denied = pathMatcher([...defaultDeniedPaths, ...rules.deny]);
  const permitted = pathMatcher(rules.permit);
  return (path) => {
    const rule = denied(path);
    if (rule === null) return null;
    if (permitted(path) === null) return { rule, why: "" };
    const never = neverPermitted.find((one) => one.rule === neverIn(path));
    return never === undefined ? null : { rule, why: `, also when settings allow it: ${never.why}` };
  };
}

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
  const sizes = await sizesOf({ gitDir, type: "blob", shas: changes.map(({ sha }) => sha), signal });
  for (const change of changes) {
    const size = sizes.get(change.sha) ?? 0;
    if (size > maxFileBytes) {
      const fields = { bytes: size, maxFileBytes };
      throw refused(
        "file_too_big",
        change.path,
        `has ${inMegabytes(size)}, more than the ${inMegabytes(maxFileBytes)} that a file may have`,
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
