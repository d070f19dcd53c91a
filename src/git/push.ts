import { httpRemote } from "./git-remote.ts";
import { tryHostGit } from "./host-git.ts";
import { remoteFailure } from "./remote-failure.ts";

export type PushOutcome =
  | { readonly outcome: "pushed" }
  /** The branch is at this commit: an earlier attempt got through. */
  | { readonly outcome: "already_there" }
  | {
      readonly outcome: "rejected";
      /** `stale`: somebody else moved or made the branch. `workflow`: the token may not change workflow files. */
      readonly reason: "protected" | "hook_declined" | "stale" | "workflow" | "other";
      /** The server's words, for people. */
      readonly message: string;
    };

/**
 * Puts `sha` on `branch` at a literal address, if the branch is still at `expected` (null: not there yet). Safe to
 * repeat. Throws GitError when the remote cannot be reached or refuses the token.
 */
export async function pushCommit(options: {
  /** A repository that only the host writes: a quarantine or a mirror. */
  gitDir: string;
  sha: string;
  url: string;
  token: string | null;
  branch: string;
  expected: string | null;
  signal?: AbortSignal;
}): Promise<PushOutcome> {
  const { gitDir, sha, url, token, branch, expected, signal } = options;
  const remote = httpRemote({ url, token });
  const ref = `refs/heads/${branch}`;
  const pushed = await tryHostGit(
    [
      "push",
      "--porcelain",
      "--no-verify",
      "--no-recurse-submodules",
      "--no-follow-tags",
      "--no-signed",
      `--force-with-lease=${ref}:${expected ?? ""}`,
      "--end-of-options",
      url,
      `${sha}:${ref}`,
    ],
    { gitDir, remote, signal, timeoutMs: 5 * 60_000 },
  );
  const line = pushed.stdout
    .toString()
    .split("\n")
    .find((text) => text.includes(`:${ref}\t`));
  if (line?.startsWith("=")) return { outcome: "already_there" };
  if (line?.startsWith("!")) return rejection(line, pushed.stderr);
  if (pushed.exitCode === 0 && line !== undefined) return { outcome: "pushed" };
  throw remoteFailure({ doing: "pushing the branch", url, stderr: pushed.stderr });
}

function rejection(line: string, stderr: string): PushOutcome {
  const summary = line.split("\t").at(2) ?? line;
  const remoteSays = [...stderr.matchAll(/^remote: ?(.*)$/gm)]
    .map((found) => found[1]?.trim() ?? "")
    .filter((text) => text !== "");
  const words = `${summary} ${remoteSays.join(" ")}`;
  const message = [summary, ...remoteSays].join("\n").slice(0, 2000);
  if (/without .?workflows?.? permission|create or update workflow/i.test(words)) {
    return { outcome: "rejected", reason: "workflow", message };
  }
  if (
    /stale info|fetch first|non-fast-forward|already exists|failed to (lock|update) ref|cannot lock ref/i.test(
      words,
    )
  ) {
    return { outcome: "rejected", reason: "stale", message };
  }
  if (/protected|GH006|GH013|rule violations/i.test(words))
    return { outcome: "rejected", reason: "protected", message };
  if (/hook declined/i.test(words)) return { outcome: "rejected", reason: "hook_declined", message };
  return { outcome: "rejected", reason: "other", message };
}
