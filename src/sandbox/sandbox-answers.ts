import { z } from "zod";

/** What comes out of a sandbox is checked like anything from outside. */
const Printed = z.object({
  head: z.base64(),
  tail: z.base64(),
  outputBytes: z.number(),
  keptBytes: z.number(),
  outputPath: z.string(),
  seconds: z.number(),
});
export const ExecAnswer = Printed.extend({
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  end: z.enum(["exited", "timeout", "cancelled", "asked_for_input", "out_of_memory"]),
});
export const PeekAnswer = Printed.extend({ quietSeconds: z.number(), waitsFor: z.string().nullable() });
export const SizeAnswer = z.object({ bytes: z.number() });
export const InspectAnswer = z.object({
  headSha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  commits: z.number().int(),
  dirty: z.boolean(),
});

/** Of sandboxd's codes for a file that cannot be had. */
export const fileMends: Readonly<Record<string, string>> = {
  not_found: "Look for the file first; the path is taken from /workspace.",
  not_a_file: "Give the path of a plain file.",
  too_big: "Read a part of it with a command (head, tail, sed -n).",
  outside: "Write under /workspace or /tmp.",
  no_space: "Delete what is not needed; the sandbox's disk is full (sandbox.diskMb).",
  denied: "Choose a path that the user `agent` may use.",
};

/** Of sandboxd's codes for a repository that cannot be read or taken out. */
export const workFailures: Readonly<Record<string, { code: string; message: string; mend: string }>> = {
  too_big: {
    code: "sandbox.result_too_big",
    message: "the commits are too big to take out of the sandbox",
    mend: "Leave large or generated files out of the commits (see .gitignore), and run again.",
  },
  no_commits: {
    code: "sandbox.no_commits",
    message: "there is nothing to take out of the sandbox",
    mend: "Nothing was committed: say more exactly what should change.",
  },
  no_space: {
    code: "sandbox.disk_full",
    message: "the sandbox's disk is full",
    mend: "Raise sandbox.diskMb in .github/handback.yml (half of it is for the repository), and run again.",
  },
  no_processes: {
    code: "sandbox.no_processes",
    message: "git in the sandbox cannot start, because all processes are taken",
    mend: "See what was left running in the background, or raise sandbox.pids in .github/handback.yml.",
  },
  workspace_broken: {
    code: "sandbox.workspace_broken",
    message: "git in the sandbox cannot read what the agent left",
    mend: "Start the run again: the agent has damaged its copy of the repository.",
  },
};
