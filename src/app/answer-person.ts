import type { GitHubRepository } from "../github/github.ts";
import type { Run, RunConclusion } from "../run/run.ts";
import type { Store } from "../store/store.ts";
import { helpText } from "../triggers/command.ts";
import type { Trigger } from "../triggers/trigger.ts";

/** Does what needs no worker, and gives the reply in Markdown. Stopping twice is the same as once. */
export async function answerPerson(question: {
  command: "stop" | "status" | "help";
  trigger: Trigger;
  repository: GitHubRepository;
  store: Store;
}): Promise<string> {
  const { command, trigger } = question;
  switch (command) {
    case "help":
      return helpText(trigger);
    case "status":
      return statusReply(await runsHere(question, { unfinished: false }));
    case "stop": {
      const running = await runsHere(question, { unfinished: true });
      for (const run of running) await question.store.requestStop(run.id, trigger.sender.login);
      if (running.length === 0) return "Nothing is going on here, so there is nothing to stop.";
      return `Stopping run ${running.map(({ id }) => `\`${id}\``).join(", ")}; nothing more is written after it.`;
    }
    default:
      return command satisfies never;
  }
}

/** Newest first. On a pull request of ours, also the runs of the issue that it came from. */
export async function runsHere(
  { trigger, repository, store }: { trigger: Trigger; repository: GitHubRepository; store: Store },
  filter: { unfinished: boolean },
): Promise<Run[]> {
  const { owner, name } = trigger.repository;
  const runsOf = (issueNumber: number) =>
    store.listRuns({ repository: { owner, name }, issueNumber, ...filter, limit: 10 });
  const runs = await runsOf(trigger.issueNumber);
  const issueNumber = trigger.isPullRequest ? await issueOf(repository, trigger.issueNumber) : null;
  if (issueNumber === null) return runs;
  const older = await runsOf(issueNumber);
  return [...runs, ...older].toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
}

async function issueOf(repository: GitHubRepository, pullNumber: number): Promise<number | null> {
  const pull = await repository.getPull(pullNumber);
  if (pull === null || pull.author !== repository.botLogin) return null;
  const match = /^agent\/(\d+)(?:-|$)/.exec(pull.headRef);
  return match === null ? null : Number(match[1]);
}

function statusReply(runs: readonly Run[]): string {
  const [run] = runs;
  if (run === undefined) return "I have not worked here yet.";
  switch (run.state.status) {
    case "queued":
      return `Run \`${run.id}\` waits in the queue since ${run.createdAt}.`;
    case "in_progress":
      return `Run \`${run.id}\` is at the step \`${run.state.step}\`; it began at ${run.createdAt}.`;
    case "completed":
      return `Nothing is going on now. The last run, \`${run.id}\` of ${run.createdAt}, ${ended(run.state.conclusion)}.`;
    default:
      return run.state satisfies never;
  }
}

function ended(conclusion: RunConclusion): string {
  switch (conclusion.kind) {
    case "handed_back":
      return `was handed back in #${conclusion.pullNumber}, ${verdictWords[conclusion.verdict]}`;
    case "reviewed":
      return conclusion.findings === null
        ? `did not review #${conclusion.pullNumber} to the end`
        : `reviewed #${conclusion.pullNumber} with ${conclusion.findings} finding${conclusion.findings === 1 ? "" : "s"}`;
    case "ci_started":
      return `started CI on #${conclusion.pullNumber}`;
    case "no_change":
      return "changed nothing";
    case "stopped":
      return "was stopped";
    case "failed":
      return `failed at \`${conclusion.step}\` (\`${conclusion.failure.code}\`); the status comment says how to mend it`;
    default:
      return conclusion satisfies never;
  }
}

const verdictWords = {
  approve: "approved",
  open_findings: "not approved",
  not_reviewed: "not reviewed",
} as const;
