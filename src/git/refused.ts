import { GitError } from "../errors.ts";

/** What a rule of the quarantine does not let through. */
export function refused(
  rule: string,
  message: string,
  rest: { mend: string; fields?: Record<string, unknown> },
): GitError {
  return new GitError(`quarantine.${rule}`, message, rest);
}
