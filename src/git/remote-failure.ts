import { GitError } from "../errors.ts";

/** What git said about a remote, as an error with its mend. */
export function remoteFailure(options: { doing: string; url: string; stderr: string }): GitError {
  const { doing, url, stderr } = options;
  const known = KNOWN.find((entry) => entry.says.test(stderr));
  return new GitError(
    known?.code ?? "git.remote_failed",
    `${doing} failed: ${known?.message ?? stderr.trim().slice(-1000)}`,
    {
      mend: known?.mend ?? "See git's own words in the message, and try again.",
      fields: { url, stderr: stderr.trim().slice(-2000) },
    },
  );
}

const KNOWN = [
  {
    says: /dubious ownership/,
    code: "git.other_owner",
    message: "the repository belongs to another user of this machine",
    mend: "Run Handback as the user who owns the repository.",
  },
  {
    says: /Authentication failed|could not read (Username|Password)|error: 40[13]\b/,
    code: "git.unauthorized",
    message: "the token was not accepted",
    mend: "See whether the App is installed on the repository with contents: write.",
  },
  {
    says: /not found|error: 404\b|does not appear to be a git repository|does not exist/i,
    code: "git.repository_not_found",
    message: "there is no such repository, or it cannot be seen",
    mend: "See whether the repository exists and the App is installed on it.",
  },
  {
    says: /couldn't find remote ref|not our ref/i,
    code: "git.ref_not_found",
    message: "the branch or commit is not there any more",
    mend: "See whether the branch was deleted meanwhile.",
  },
  {
    says: /Could not resolve host|Failed to connect|Couldn't connect|Connection (refused|reset|timed out)|unable to access|early EOF|hung up|error: 5\d\d\b/,
    code: "git.unreachable",
    message: "the other side cannot be reached",
    mend: "Try again later.",
  },
] as const;
