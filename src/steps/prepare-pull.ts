import { RunError } from "../errors.ts";
import type { Comment, Pull, RepositoryInfo } from "../github/github.ts";
import type { Remark, Said } from "../roles/task.ts";
import { DayAllowance } from "./day-allowance.ts";
import { inspectBase } from "./inspect-base.ts";
import { openThreads, type OpenThread } from "./open-threads.ts";
import { archived } from "./place-lost.ts";
import type { OpenRun } from "./open-run.ts";
import { newest, readRemarks, room } from "./read-remarks.ts";
import { readSettings } from "./read-settings.ts";
import type { Task } from "./task.ts";
import { triggerWords } from "./trigger-words.ts";
import { WriteAccess } from "./write-access.ts";

export interface PreparedPull {
  readonly task: Task;
  readonly pull: { readonly number: number; readonly headSha: string };
  /** Open review threads, as findings for the coder with the place where each is answered. */
  readonly threads: readonly OpenThread[];
  /** What the reviewer should look at above all. */
  readonly focus: string;
}

/** For `/agent fix` and `/agent review`: what the pull request is and which threads wait. Throws RunError in the asker's words. */
export async function preparePull(open: OpenRun, signal: AbortSignal): Promise<PreparedPull> {
  const { repository, run } = open;
  const { trigger, kind } = run;
  const info = await repository.getInfo();
  const pull = await repository.getPull(trigger.issueNumber);
  if (pull === null || pull.state === "closed") {
    throw new RunError("pull.closed", "This pull request is closed.", {
      mend: "Reopen it, then write the command again.",
    });
  }
  if (kind === "fix") assertMayPush(open, pull, info);
  const settings = readSettings(await repository.getFile(".github/handback.yml", info.defaultBranch), {
    operator: open.ports.operator,
    options: trigger.command.options,
    branch: info.defaultBranch,
  });
  await new DayAllowance(run, settings, open.ports).require();
  const mirror = await open.fetchMirror(signal);
  if (!(await mirror.hasCommit(pull.headSha))) {
    throw new RunError("pull.head_missing", "The head of this pull request could not be fetched.", {
      mend: "If its branch or fork was deleted, restore it; then write the command again.",
    });
  }
  // As the mirror has it: GitHub's answer may be as old as the last push, and what the coder merges is the mirror's.
  const baseSha = (await mirror.resolve(`refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
  const access = new WriteAccess(repository, trigger.sender.login);
  // The first who is asked about: what they say of their change cannot be left out.
  const isClaim = (await access.of(pull.author, "other")) !== "yes";
  const { threads, ...others } =
    kind === "fix"
      ? await openThreads(await repository.listReviewThreads(pull.number), {
          trigger,
          access,
          botLogin: repository.botLogin,
        })
      : { threads: [], claims: [], leftOut: 0 };
  const { command } = trigger;
  const request = command.kind === "fix" ? command.text : "";
  if (kind === "fix" && threads.length === 0 && request.trim() === "") {
    throw new RunError(
      "pull.nothing_open",
      others.claims.length + others.leftOut === 0
        ? "There is no open review thread here, so there is nothing to fix."
        : "Nobody with write access had spoken in the open review threads here, so there is nothing to fix.",
      {
        mend: "Say what to change after the command: `/agent fix <what to change>`.",
      },
    );
  }
  const comments = await repository.listComments(pull.number);
  const task: Task = {
    title: trigger.subject.title,
    body: trigger.subject.body,
    author: pull.author,
    isClaim,
    request,
    words: triggerWords(trigger, { ...pull, comments }),
    said: await saidOn(open, { ...others, comments, access }),
    asker: trigger.sender.login,
    settings,
    baseRef: pull.baseRef,
    baseSha,
    branch: pull.headRef,
    ...(await inspectBase(mirror, { git: open.ports.git, commit: baseSha, settings, signal })),
  };
  const focus = command.kind === "review" ? command.focus : "";
  return { task, pull: { number: pull.number, headSha: pull.headSha }, threads, focus };
}

/** The conversation, and what others than people with write access say in threads. */
async function saidOn(
  { repository, run }: OpenRun,
  options: {
    comments: readonly Comment[];
    claims: readonly Remark[];
    leftOut: number;
    access: WriteAccess;
  },
): Promise<Said> {
  const { comments, claims, access } = options;
  const { botLogin } = repository;
  const said = await readRemarks(comments, { trigger: run.trigger, access, botLogin });
  const shown = await newest(claims, room.claims);
  const leftOut = said.leftOut + options.leftOut + claims.length - shown.length;
  return { instructions: said.instructions, claims: [...said.claims, ...shown], leftOut };
}

/** Throws RunError for a fork's branch, the default branch, and an archived repository. */
export function assertMayPush({ repository }: OpenRun, pull: Pull, info: RepositoryInfo): void {
  if (info.archived) throw archived();
  const { owner, name } = repository.ref;
  if (pull.headRepository?.toLowerCase() !== `${owner}/${name}`.toLowerCase()) {
    throw new RunError(
      "pull.fork",
      "This pull request comes from a fork, and Handback never pushes to a fork.",
      { mend: "`/agent review` reviews it as it is." },
    );
  }
  if (pull.headRef === info.defaultBranch) {
    throw new RunError(
      "pull.default_branch",
      `This pull request comes from \`${pull.headRef}\`, the default branch, and Handback never pushes to that one.`,
      { mend: "Write `/agent` on an issue that says what to change; `/agent review` reviews this as it is." },
    );
  }
}
