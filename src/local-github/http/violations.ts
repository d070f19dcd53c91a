/** Something that GitHub's published description does not allow: by the caller (request) or by us (the others). */
export type Violation = {
  kind: "unknown route" | "request" | "answer" | "webhook";
  /** `POST /repos/{owner}/{repo}/issues`, or the webhook's name. */
  where: string;
  problems: string[];
};

export class ContractViolationError extends Error {
  override readonly name = "ContractViolationError";
  readonly violations: Violation[];

  constructor(violations: Violation[]) {
    const lines = violations.map(({ kind, where, problems }) => `${kind} ${where}: ${problems.join("; ")}`);
    super(`the local GitHub saw ${violations.length} contract violation(s)\n${lines.join("\n")}`);
    this.violations = violations;
  }
}
