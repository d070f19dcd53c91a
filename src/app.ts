import { createHash } from "node:crypto";
import { Probot } from "probot";
import { answerPerson } from "./app/answer-person.ts";
import { BackgroundReplies } from "./app/background-replies.ts";
import { judgeApproval } from "./app/judge-approval.ts";
import { mayStart, refusalReply } from "./app/may-start.ts";
import type { GitHub, GitHubRepository } from "./github/github.ts";
import type { RunQueue } from "./jobs/job.ts";
import type { Logger } from "./log.ts";
import type { RunKind } from "./run/run.ts";
import type { Store } from "./store/store.ts";
import { triggerFrom } from "./triggers/trigger-from-event.ts";
import type { Trigger, TriggerOutcome } from "./triggers/trigger.ts";

/** Verified webhooks in, queued runs out. */
export interface App {
  readonly probot: Probot;
  /** Returns after the delivery is durably stored; throws when GitHub should send it again. */
  receive(delivery: { id: string; name: string; payload: unknown }): Promise<void>;
  /** Waits for replies that are still being written. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly app: { readonly appId: number; readonly privateKey: string; readonly webhookSecret: string };
  readonly apiUrl: string;
  readonly github: GitHub;
  readonly store: Store;
  readonly queue: RunQueue;
  readonly logger: Logger;
  /** The label that starts a run. */
  readonly label: string;
  /** What is wrong with the name of a model in a command, or null; absent: the run finds out. */
  readonly problemWithModel?: (name: string) => { readonly message: string; readonly mend: string } | null;
  /** Milliseconds that GitHub has to answer who the sender is; GitHub itself gives up after 10 s. Default 8,000. */
  readonly permissionTimeoutMs?: number;
}

/**
 * Event → trigger → may they? → store → enqueue → answer. Only the permission is read from GitHub before the webhook is
 * answered (docs/decisions/0003 says why); replies are written afterwards.
 */
export function createApp(options: AppOptions): App {
  const { app, logger } = options;
  const probot = new Probot({
    appId: app.appId,
    privateKey: app.privateKey,
    secret: app.webhookSecret,
    baseUrl: options.apiUrl,
    log: quieter(logger),
  });
  const intake = new Intake(options);
  probot.on(
    [
      "issues.labeled",
      "pull_request.labeled",
      "issue_comment.created",
      "pull_request_review.submitted",
      "pull_request_review_comment.created",
    ],
    (context) => intake.take({ deliveryId: context.id, event: context.name, payload: context.payload }),
  );
  return {
    probot,
    receive: ({ id, name, payload }) =>
      probot.receive({ id, name, payload } as Parameters<Probot["receive"]>[0]),
    close: () => intake.replies.close(),
  };
}

interface Delivery {
  readonly deliveryId: string;
  readonly event: string;
  readonly payload: unknown;
}

/** What means something, with the hash of its content: a replay under another id has the same. */
interface KnownDelivery extends Delivery {
  readonly content: string;
}

class Intake {
  readonly replies: BackgroundReplies;
  readonly #options: AppOptions;
  /** Ids and contents of deliveries that are known to be stored: a replay costs neither GitHub nor the database anything. */
  readonly #stored = new Set<string>();

  constructor(options: AppOptions) {
    this.#options = options;
    this.replies = new BackgroundReplies(options.logger);
  }

  async take(given: Delivery): Promise<void> {
    if (this.#stored.has(given.deliveryId)) return;
    const outcome = withKnownModels(await this.#read(given), this.#options.problemWithModel);
    if (outcome.kind === "ignored") {
      this.#options.logger.debug({ event: given.event, reason: outcome.reason }, "webhook ignored");
      return;
    }
    const content = createHash("sha256").update(JSON.stringify(given.payload)).digest("hex");
    if (this.#stored.has(content)) return;
    const delivery: KnownDelivery = { ...given, content };
    const asked = outcome.kind === "trigger" ? outcome.trigger : outcome;
    const repository = await this.#options.github.repository(asked.repository);
    const login = typeof asked.sender === "string" ? asked.sender : asked.sender.login;
    const timeoutMs = this.#options.permissionTimeoutMs ?? 8000;
    if (!(await mayStart(repository, login, timeoutMs))) {
      if (!(await this.#accept(delivery))) return;
      // Who approves has not asked for anything.
      if (outcome.kind === "trigger" && outcome.trigger.command.kind === "ci") return;
      this.#options.logger.info({ repository: repository.htmlUrl, login }, "refused: no write access");
      this.replies.write(repository, asked.issueNumber, `refused:${login}`, refusalReply);
      return;
    }
    if (outcome.kind === "mistake") {
      if (!(await this.#accept(delivery))) return;
      this.replies.write(repository, outcome.issueNumber, `reply:${delivery.deliveryId}`, outcome.reply);
      return;
    }
    await this.#follow(delivery, repository, outcome.trigger);
  }

  /** Who we are matters for reviews only: on our own pull request one without a command may start something. */
  async #read({ event, payload, deliveryId }: Delivery): Promise<TriggerOutcome> {
    const { label, github } = this.#options;
    const outcome = triggerFrom(event, payload, { label, botLogin: null, deliveryId });
    if (event !== "pull_request_review" || outcome.kind !== "ignored") return outcome;
    const ifOurs = triggerFrom(event, payload, { label, botLogin: authorOf(payload), deliveryId });
    if (ifOurs.kind !== "trigger") return outcome;
    const { botLogin } = await github.repository(ifOurs.trigger.repository);
    return triggerFrom(event, payload, { label, botLogin, deliveryId });
  }

  async #follow(delivery: KnownDelivery, repository: GitHubRepository, trigger: Trigger): Promise<void> {
    const { command } = trigger;
    switch (command.kind) {
      case "do":
        return this.#start(delivery, repository, { kind: "change", trigger });
      case "fix":
      case "review":
        return this.#start(delivery, repository, { kind: command.kind, trigger });
      case "ci": {
        const verdict = await judgeApproval({ command, trigger, repository, store: this.#options.store });
        if (verdict.kind === "start") return this.#start(delivery, repository, { kind: "ci", trigger });
        if (!(await this.#accept(delivery)) || verdict.kind === "nothing") return;
        this.replies.write(repository, trigger.issueNumber, verdict.key, verdict.reply);
        return;
      }
      case "stop":
      case "status":
      case "help": {
        // Stopping comes before the delivery is marked as done: a crash in between stops twice, never not at all.
        const { store } = this.#options;
        // Somebody's old word to stop must not stop what goes on today.
        if (await store.hasDelivery(delivery)) return;
        const reply = await answerPerson({ command: command.kind, trigger, repository, store });
        if (!(await this.#accept(delivery))) return;
        this.replies.write(repository, trigger.issueNumber, `reply:${delivery.deliveryId}`, reply);
        return;
      }
      default:
        return command satisfies never;
    }
  }

  async #start(
    { deliveryId, content, event }: KnownDelivery,
    repository: GitHubRepository,
    run: { kind: RunKind; trigger: Trigger },
  ): Promise<void> {
    const { store, logger } = this.#options;
    const accepted = await store.acceptDelivery({ deliveryId, content, event, run });
    this.#remember(deliveryId, content);
    if (accepted.kind === "busy") {
      // Two approvals at once.
      if (run.kind === "ci" && accepted.run.kind === "ci") return;
      const { id, state } = accepted.run;
      const step = state.status === "in_progress" ? `, now at \`${state.step}\`` : "";
      const body = `I'm already at work here (run \`${id}\`${step}). Write \`/agent stop\` to end it, then ask again.`;
      this.replies.write(repository, run.trigger.issueNumber, `reply:${deliveryId}`, body);
      return;
    }
    if (accepted.run === null || accepted.run.state.status !== "queued") return;
    logger.info({ run: accepted.run.id, kind: run.kind, again: accepted.kind === "duplicate" }, "run queued");
    await this.#enqueue(accepted.run.id);
  }

  /** Redis may be down: the run is in the store, and the worker's sweep brings it back into the queue. */
  async #enqueue(runId: string): Promise<void> {
    const { queue, logger } = this.#options;
    try {
      await within(queue.enqueue(runId), 2000);
    } catch (error) {
      logger.warn({ run: runId, err: error }, "run stored but not enqueued; the sweep will do it");
    }
  }

  /** False when this delivery was dealt with before. */
  async #accept({ deliveryId, content, event }: KnownDelivery): Promise<boolean> {
    const accepted = await this.#options.store.acceptDelivery({ deliveryId, content, event, run: null });
    this.#remember(deliveryId, content);
    return accepted.kind === "accepted";
  }

  #remember(...names: string[]): void {
    for (const name of names) {
      if (this.#stored.size >= 20_000) this.#stored.delete(this.#stored.values().next().value!);
      this.#stored.add(name);
    }
  }
}

/** A command which names a model that is not there is a mistake: better said at once than by a run that fails. */
function withKnownModels(
  outcome: TriggerOutcome,
  problemWith: AppOptions["problemWithModel"],
): TriggerOutcome {
  if (outcome.kind !== "trigger") return outcome;
  const { command, repository, issueNumber, commentId, sender } = outcome.trigger;
  for (const name of Object.values(command.options.models)) {
    const problem = problemWith?.(name) ?? null;
    if (problem === null) continue;
    const reply = `${problem.message} ${problem.mend} Nothing was started.`;
    return { kind: "mistake", repository, issueNumber, commentId, sender: sender.login, reply };
  }
  return outcome;
}

/** Probot logs whole payloads at debug level: people's text has no place in a log. */
function quieter(logger: Logger): Logger {
  const isVerbose = logger.level === "trace" || logger.level === "debug";
  return logger.child({}, { level: isVerbose ? "info" : logger.level });
}

function authorOf(payload: unknown): string | null {
  const pull = (payload as { pull_request?: { user?: { login?: unknown } | null } } | null)?.pull_request;
  return typeof pull?.user?.login === "string" ? pull.user.login : null;
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
