import { styleText } from "node:util";
import type { RunEvent } from "../run/events.ts";
import type { Run, RunConclusion } from "../run/run.ts";
import { checkWords, duration } from "../steps/packet.ts";
import { stepTitle } from "../steps/status-comment.ts";
import type { StoredEvent } from "../store/store.ts";

const colours = ["cyan", "magenta", "yellow", "blue", "green"] as const;

/** Journals of several runs as lines of a terminal, each with its run's name in its colour. */
export class ProgressPrinter {
  readonly #say: (line: string) => void;
  readonly #seen = new Map<string, number>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Number of the last event that was shown. */
  seen(runId: string): number {
    return this.#seen.get(runId) ?? 0;
  }

  show(run: Run, events: readonly StoredEvent[]): void {
    if (!this.#seen.has(run.id)) this.#seen.set(run.id, 0);
    const colour = colours[[...this.#seen.keys()].indexOf(run.id) % colours.length] ?? "cyan";
    const name = `${run.trigger.repository.name}#${run.trigger.issueNumber}`;
    for (const { number, event } of events) {
      this.#seen.set(run.id, number);
      const line = lineOf(event);
      if (line !== null) this.#say(`${styleText(colour, name.padEnd(11))} ${line}`);
    }
  }
}

/** null: not worth a line. */
function lineOf(event: RunEvent): string | null {
  switch (event.type) {
    case "step.started": {
      const title = stepTitle(event.step);
      return title === null ? null : styleText("bold", title);
    }
    case "step.completed": {
      const title = stepTitle(event.step);
      return title === null ? null : styleText("dim", `${title}: done, ${duration(event.seconds)}`);
    }
    case "step.failed":
      return styleText("red", `${event.failure.message} ${event.failure.mend}`);
    case "check.ran":
      return `  ${event.check.command}  ${checkWords(event.check)}`;
    case "agent.turn":
      return agentLine(event);
    case "run.completed":
      return styleText("bold", ending(event.conclusion));
    case "run.queued":
    case "run.claimed":
    case "effect.intended":
    case "effect.done":
    case "note":
    case "stop.requested":
      return null;
    default:
      return event satisfies never;
  }
}

function agentLine({ role, turn }: Extract<RunEvent, { type: "agent.turn" }>): string | null {
  const calls = turn.calls.map(({ tool, input }) => `${tool} ${subject(input)}`.trim());
  const words = calls.length > 0 ? calls.join(styleText("dim", " · ")) : turn.text;
  return words === ""
    ? null
    : `  ${styleText("dim", `${role}:`)} ${words.replaceAll(/\s+/g, " ").slice(0, 140)}`;
}

function subject(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const { command, path } = input as Record<string, unknown>;
  return typeof command === "string" ? `\`${command.slice(0, 100)}\`` : typeof path === "string" ? path : "";
}

function ending(conclusion: RunConclusion): string {
  switch (conclusion.kind) {
    case "handed_back":
      return `Handed back as #${conclusion.pullNumber}`;
    case "reviewed":
      return `Reviewed #${conclusion.pullNumber}`;
    case "no_change":
      return `Nothing was changed: ${conclusion.reason}`;
    case "stopped":
      return `Stopped by ${conclusion.by}`;
    case "failed":
      return `Failed: ${conclusion.failure.message} ${conclusion.failure.mend}`;
    default:
      return conclusion satisfies never;
  }
}
