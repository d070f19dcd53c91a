import type { TapeCall } from "./tape.ts";

/** Asked of what never changes: a commit, or a name in the operator's configuration. Asking more or less often decides nothing. */
export function isUnchanging({ port, method }: Pick<TapeCall, "port" | "method">): boolean {
  if (port === "model" && method === "call") return true;
  return port.startsWith("operator.") || (port === "git" && gitReads.has(method));
}

const gitReads = new Set(["listFiles", "readCommittedFile", "diffOfPull", "diff"]);

/** The status comment is a view: when it is edited depends on how fast things went. */
export function isViewEdit({ port, method }: Pick<TapeCall, "port" | "method">): boolean {
  return port === "github" && method === "updateComment";
}

export function nameOf({ port, on, method }: Pick<TapeCall, "port" | "on" | "method">): string {
  if (method === "call") return port;
  return on === "" ? `${port}.${method}` : `${method} (${port})`;
}
