/** A step of the pipeline in the words of the status comment; null: it tells a person nothing. */
export function stepTitle(step: string): string | null {
  const round = /-(\d+)$/.exec(step)?.[1];
  switch (step.replace(/-\d+$/, "")) {
    case "prepare":
      return "Look at the repository";
    case "check-approval":
      return "Look at the approval";
    case "start-ci":
      return "Start CI";
    case "plan":
      return "Plan";
    case "check-base":
      return "Checks before the work";
    case "write-code":
      return "Code and checks";
    case "open-pull-request":
      return "Draft pull request";
    case "review":
      return round === "1" ? "Review" : `Review, round ${round}`;
    case "revise":
      return `Answer the review${round === "1" ? "" : `, round ${round}`}`;
    case "hand-back":
      return "Hand back";
    default:
      return null;
  }
}
