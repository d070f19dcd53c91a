import { hostGit } from "./host-git.ts";

/** One path in one comparison, as git has it. */
export interface TreeChange {
  readonly path: string;
  readonly status: "added" | "modified" | "deleted" | "type_changed";
  /** Octal as in a tree: `100644`, `100755`, `120000`, `160000`; of the old side when deleted. */
  readonly mode: string;
  /** Of the old side; `000000` when added. */
  readonly oldMode: string;
  /** The new side's object; zeros when deleted. */
  readonly sha: string;
}

export interface CountedChange extends TreeChange {
  /** Lines; 0 for binary files. */
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

/** Attributes from the agent's tree would let it mark its code as binary; newer git reads them even in a bare repository. */
const NO_ATTRIBUTES = ["attr.tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904"];
const PLAIN = ["--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none"];

/** What each of the commits changed, a merge what it has as none of its parents, in one list; the same path may be there often. */
export async function changesOfCommits(options: {
  gitDir: string;
  commits: readonly string[];
  signal?: AbortSignal | undefined;
}): Promise<TreeChange[]> {
  const { gitDir, commits, signal } = options;
  const output = await hostGit(
    ["diff-tree", "--stdin", "-c", "-r", "-z", "--raw", "--no-commit-id", "--root", "--no-renames", ...PLAIN],
    { gitDir, input: commits.map((commit) => `${commit}\n`).join(""), settings: NO_ATTRIBUTES, signal },
  );
  const { changes, rest } = parseRaw(fieldsOf(output));
  if (rest.length > 0) throw new Error("git diff-tree says something unknown");
  return changes;
}

/** The whole difference between two commits, with counts of lines. */
export async function changesBetween(options: {
  gitDir: string;
  base: string;
  head: string;
  signal?: AbortSignal | undefined;
}): Promise<CountedChange[]> {
  const { gitDir, base, head, signal } = options;
  const output = await hostGit(
    ["diff-tree", "-r", "-z", "--raw", "--numstat", "--no-renames", ...PLAIN, "--end-of-options", base, head],
    { gitDir, settings: NO_ATTRIBUTES, signal },
  );
  const { changes, rest } = parseRaw(fieldsOf(output));
  const counts = new Map(
    rest.map((field) => {
      const [additions = "", deletions = "", ...path] = field.split("\t");
      return [
        path.join("\t"),
        { additions: Number(additions) || 0, deletions: Number(deletions) || 0, binary: additions === "-" },
      ];
    }),
  );
  return changes.map((change) => ({
    ...change,
    ...(counts.get(change.path) ?? { additions: 0, deletions: 0, binary: false }),
  }));
}

/** The difference as text for people and models, renames found. At most `maxBytes`, then GitError `git.output_too_big`. */
export async function diffBetween(options: {
  gitDir: string;
  base: string;
  head: string;
  maxBytes?: number;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { gitDir, base, head, maxBytes = 32 * 1024 * 1024, signal } = options;
  const prefixes = ["--src-prefix=a/", "--dst-prefix=b/"];
  const output = await hostGit(
    ["diff", "--patch", "-M", ...prefixes, ...PLAIN, "--end-of-options", base, head, "--"],
    {
      gitDir,
      settings: NO_ATTRIBUTES,
      maxOutputBytes: maxBytes,
      signal,
    },
  );
  return output.toString();
}

/** Names are bytes to git; what is not UTF-8 becomes U+FFFD here, and quarantine refuses it. */
function fieldsOf(output: Buffer): string[] {
  const fields = output.toString().split("\0");
  fields.pop();
  return fields;
}

function parseRaw(fields: string[]): { changes: TreeChange[]; rest: string[] } {
  const changes: TreeChange[] = [];
  let at = 0;
  for (; at + 1 < fields.length; at += 2) {
    // A merge has a mode, an object and a letter more for each further parent.
    const head = /^:+((?:\d{6} )+)((?:[0-9a-f]+ )+)([AMDT]+)$/.exec(fields[at] ?? "");
    if (head === null) break;
    const [modes = [], shas = []] = [head[1], head[2]].map((part) => part?.trim().split(" "));
    const [oldMode = "", newMode = "", sha = ""] = [modes[0], modes.at(-1), shas.at(-1)];
    const letter = head[3]?.at(0) ?? "";
    const status = STATUSES[letter as keyof typeof STATUSES];
    changes.push({
      path: fields[at + 1] ?? "",
      status,
      mode: letter === "D" ? oldMode : newMode,
      oldMode,
      sha,
    });
  }
  return { changes, rest: fields.slice(at) };
}

const STATUSES = { A: "added", M: "modified", D: "deleted", T: "type_changed" } as const;
