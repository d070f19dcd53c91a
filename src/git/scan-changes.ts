import { isUtf8 } from "node:buffer";
import { GitError } from "../errors.ts";
import type { HostSecrets } from "../host-secrets.ts";
import { isByCoder, problemOfMessage } from "./commit-words.ts";
import { pathMatcher } from "./denied-paths.ts";
import { displayPath } from "./display-path.ts";
import { tryHostGit } from "./host-git.ts";
import { readObjects, sizesOf } from "./read-objects.ts";
import { refused } from "./refused.ts";
import { findSecrets, type FoundSecret } from "./secret-scan.ts";
import type { TreeChange } from "./tree-changes.ts";

export interface ScanRules {
  /** Together, each content counted once. */
  readonly maxTotalBytes: number;
  readonly hostSecrets: HostSecrets;
  /** Whether each commit must be by the coder. */
  readonly onlyByCoder: boolean;
  /** Who owns the repository. */
  readonly owner: string | undefined;
  /** Where what has the form of a secret may stand; never one of the host's own. */
  readonly allowSecrets: readonly string[];
  /** Binary files that may be large. */
  readonly binaries: readonly string[];
}

interface Scanned {
  readonly gitDir: string;
  /** Commits that GitHub has: what the work began with, and what of the base branch came in. */
  readonly bases: readonly string[];
  readonly commits: readonly string[];
  /** Of each commit, and of all together. */
  readonly changes: readonly TreeChange[];
  readonly rules: ScanRules;
  readonly signal: AbortSignal | undefined;
}

/** Names, e-mail addresses, parents; no signature is an agent's to make. */
const maxHeaderLength = 10_000;

/** A new binary may have so many bytes: an icon, a small picture, a font. */
const maxBinaryBytes = 1 << 20;

/**
 * Looks into all that the commits bring: each commit with its message and its people, each name, and each new content, whole. A
 * line that the base has already is not held against the change. Throws GitError `quarantine.<rule>`: commit_message,
 * commit_author, change_too_big, binary_too_big, secret.
 */
export async function scanChanges(scanned: Scanned): Promise<void> {
  await scanCommits(scanned);
  const { rules, signal } = scanned;
  const present = scanned.changes.filter(({ status }) => status !== "deleted");
  const names = [...new Set(scanned.changes.map(({ path }) => path))].join("\n");
  const [inName] = await findSecrets(names, { host: rules.hostSecrets, signal });
  if (inName !== undefined) throw secret("the name of a file", inName);
  // One content may stand under many names, and each of them must be allowed.
  const places = Map.groupBy(present, ({ sha }) => sha);
  const sizes = await sizesOf({ ...scanned, type: "blob", shas: [...places.keys()] });
  requireSmall(
    [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    rules,
  );
  for await (const { sha, bytes } of readObjects({ ...scanned, sizes })) {
    await scanContent(bytes, { ...scanned, places: places.get(sha) ?? [] });
  }
}

async function scanCommits({ gitDir, commits, rules, signal }: Scanned): Promise<void> {
  const sizes = await sizesOf({ gitDir, type: "commit", shas: commits, signal });
  for await (const { sha, bytes } of readObjects({ gitDir, sizes, signal })) {
    const commit = bytes.toString();
    const where = `the commit ${sha.slice(0, 10)}`;
    const rewrite = "(`git commit --amend`, or `git rebase` on the commit that you began with)";
    const end = commit.indexOf("\n\n");
    const [headers, message] = [commit.slice(0, end), commit.slice(end + 2)];
    // GitHub would show other words than those that are looked at here.
    if (!isUtf8(bytes) || /^encoding (?!utf-?8$)/im.test(headers)) {
      throw refused("commit_message", `the message of ${where} is not in UTF-8`, {
        mend: `Make that commit anew in UTF-8 ${rewrite}: \`git config --unset i18n.commitEncoding\` first.`,
      });
    }
    const isPlain = headers.length <= maxHeaderLength;
    const problem = isPlain ? problemOfMessage(message, rules) : "stands below more headers than git makes";
    if (problem !== null) {
      throw refused("commit_message", `the message of ${where} ${problem}`, {
        mend: `Write that commit's message anew ${rewrite}.`,
      });
    }
    if (rules.onlyByCoder && !isByCoder(headers)) {
      throw refused("commit_author", `${where} is in somebody else's name`, {
        mend: "Make that commit anew (`git commit --amend --reset-author`), with git's configuration as it was. Of other people's commits, only those of the base branch may be merged in.",
      });
    }
    const [found] = await findSecrets(commit, { host: rules.hostSecrets, signal });
    if (found !== undefined) throw secret(where, found);
  }
}

async function scanContent(
  bytes: Buffer,
  scanned: Scanned & { places: readonly TreeChange[] },
): Promise<void> {
  const { places, rules, signal } = scanned;
  // As git tells binary from text.
  const isBinary = bytes.subarray(0, 8_000).includes(0);
  const mayBeLarge = pathMatcher(rules.binaries);
  const large = places.find(({ path }) => mayBeLarge(path) === null);
  if (isBinary && bytes.length > maxBinaryBytes && large !== undefined) {
    throw refused(
      "binary_too_big",
      `\`${displayPath(large.path)}\` is a binary file of ${bytes.length} bytes, more than ${maxBinaryBytes}`,
      {
        mend: "Leave it out of every commit; a person can allow it with `binaries` in .github/handback.yml.",
        fields: { path: displayPath(large.path), bytes: bytes.length },
      },
    );
  }
  const text = bytes.toString(isBinary ? "latin1" : "utf8");
  const found = await findSecrets(text, { host: rules.hostSecrets, signal });
  if (found.length === 0) return;
  const isAllowed = pathMatcher(rules.allowSecrets);
  const place = places.find(({ path }) => isAllowed(path) === null);
  const isKnown = await knownToBase(text, found, scanned);
  for (const one of found) {
    const isExcused = place === undefined || isKnown(one);
    if (isExcused && !one.isHosts) continue;
    const { path } = place ?? places[0] ?? { path: "" };
    throw secret(isBinary ? `\`${displayPath(path)}\`` : `\`${displayPath(path)}\` line ${one.line}`, one);
  }
}

/** Says of what was found whether the base has all its lines. */
async function knownToBase(
  text: string,
  found: readonly FoundSecret[],
  scanned: Scanned,
): Promise<(one: FoundSecret) => boolean> {
  const lines = text.split("\n");
  const linesOf = ({ line, lastLine }: FoundSecret): string[] => lines.slice(line - 1, lastLine);
  const common = found.filter(({ isHosts }) => !isHosts);
  // What is too much to look for counts as new.
  if (common.length > maxLooked) return () => false;
  const known = await linesInBase(common.flatMap(linesOf), scanned);
  return (one) => linesOf(one).every((line) => known.has(line));
}

const maxLooked = 500;

/** Those of the lines that stand in a file of the base, whichever: a file may have been moved. */
async function linesInBase(
  lines: readonly string[],
  { gitDir, bases, signal }: Pick<Scanned, "gitDir" | "bases" | "signal">,
): Promise<Set<string>> {
  const wanted = lines.filter((line) => line.trim() !== "" && !line.includes("\0"));
  if (wanted.length === 0 || wanted.length > 50 * maxLooked || wanted.some((line) => line.length > 10_000))
    return new Set();
  const whole = wanted.map((line) => `^${line.replaceAll(/[\\.*^$[\]]/g, "\\$&")}$\n`);
  const found = await tryHostGit(["grep", "-a", "-h", "-G", "-f", "-", ...bases, "--"], {
    gitDir,
    input: whole.join(""),
    signal,
  });
  // Exit code 1: none of them.
  if (found.exitCode > 1)
    throw new GitError("git.failed", `git grep failed: ${found.stderr.slice(0, 500)}`, {
      mend: "See git's own words in the message.",
    });
  return new Set(["", ...found.stdout.toString().split("\n")]);
}

function requireSmall(bytes: number, { maxTotalBytes }: ScanRules): void {
  if (bytes <= maxTotalBytes) return;
  throw refused(
    "change_too_big",
    `the files that are changed have ${bytes} bytes together, more than ${maxTotalBytes}`,
    {
      mend: "Leave large or generated files out of the commits (see .gitignore), or ask for a smaller change.",
      fields: { bytes, maxTotalBytes },
    },
  );
}

function secret(where: string, { kind, isHosts }: FoundSecret): GitError {
  const allow =
    "if it is an example, a person can allow the file with `secrets.allow` in .github/handback.yml";
  return refused("secret", `${where} has what looks like a secret (${kind})`, {
    mend: `Leave it out of every commit, earlier ones too${isHosts ? "" : `; ${allow}`}.`,
    fields: { kind },
  });
}
