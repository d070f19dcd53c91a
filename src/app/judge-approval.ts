import { letsCiWait } from "../git/waiting-commit.ts";
import type { GitHubRepository } from "../github/github.ts";
import type { Store } from "../store/store.ts";
import type { Command, Trigger } from "../triggers/trigger.ts";
import { runsHere } from "./answer-person.ts";

/**
 * What an approving review of our own pull request comes to. Only where CI waits at the branch's newest commit it is
 * answered at all; `key`: the same words are written once.
 */
export async function judgeApproval(approval: {
  command: Extract<Command, { kind: "ci" }>;
  trigger: Trigger;
  repository: GitHubRepository;
  store: Store;
}): Promise<{ kind: "start" } | { kind: "nothing" } | { kind: "reply"; key: string; reply: string }> {
  const { command, repository } = approval;
  const head = await repository.getBranch(command.branch);
  if (head === null || !letsCiWait(head)) return { kind: "nothing" };
  if (head.sha !== command.headSha) {
    const [approved, newest] = [command.headSha, head.sha].map((sha) => `\`${sha.slice(0, 7)}\``);
    const reply = `You approved ${approved}, and the branch has moved on since, so I have not started CI. Look at its newest commit, ${newest}, and approve that one.`;
    return { kind: "reply", key: `approval-stale:${head.sha}`, reply };
  }
  const going = await runsHere(approval, { unfinished: true });
  const [run] = going.filter(({ kind }) => kind !== "ci");
  if (run !== undefined) {
    const reply = `I'm still at work here (run \`${run.id}\`), so I have not started CI. Approve again when I have handed it back.`;
    return { kind: "reply", key: `approval-early:${run.id}`, reply };
  }
  return going.length === 0 ? { kind: "start" } : { kind: "nothing" };
}
