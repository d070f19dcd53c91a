import type { styleText } from "node:util";
import { printable } from "../agent/printable.ts";
import type { CheckResult, RunEvent } from "../run/events.ts";
import type { RunConclusion } from "../run/run.ts";
import { checkWords, duration } from "./packet-words.ts";
import { stepTitle } from "./step-title.ts";

/** How words are set off: `styleText` for the stream that they go to. */
export type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

/** An event of the journal as one line for a terminal, safe to print; null: not worth a line. */
export function eventLine(event: RunEvent, style: Style): string | null {
  switch (event.type) {
    case "step.started": {
      const title = stepTitle(event.step);
      return title === null ? null : style("bold", title);
    }
    case "step.completed": {
      const title = stepTitle(event.step);
      return title === null ? null : style("dim", `${title}: done, ${duration(event.seconds)}`);
    }
    case "step.failed":
      return style("red", oneLine(`${event.failure.message} ${event.failure.mend}`));
    case "run.waiting":
      return style("yellow", oneLine(`Waiting: ${event.failure.message} ${event.failure.mend}`));
    case "check.ran":
      return `  ${checkLine(event.check)}`;
    case "agent.turn":
      return agentLine(event, style);
    case "agent.compacted":
      return `  ${style("dim", `${event.agent ?? event.role}:`)} its conversation was summed up to make room`;
    case "rung.ended":
      return `  ${event.model}, rung ${event.rung}: ${event.outcome.replaceAll("_", " ")}`;
    case "gate.refused":
      return style("yellow", oneLine(`${event.refusal.what} ${event.refusal.mend}`));
    case "note":
      return `  ${oneLine(event.text)}`;
    case "run.completed":
      return style("bold", oneLine(ending(event.conclusion)));
    case "network.used":
    case "run.queued":
    case "run.claimed":
    case "effect.intended":
    case "effect.done":
    case "stop.requested":
      return null;
    default:
      return event satisfies never;
  }
}

/** One check as it ended, and on what. */
export function checkLine(check: CheckResult): string {
  const where = check.at === "head_tests_on_base" ? ", without the change" : "";
  return `${oneLine(check.command)}${where}  ${checkWords(check)}`;
}

function agentLine(
  { role, agent, turn }: Extract<RunEvent, { type: "agent.turn" }>,
  style: Style,
): string | null {
  const calls = turn.calls.map(({ tool, input }) => oneLine(`${tool} ${subject(input)}`).trim());
  const words = calls.length > 0 ? calls.join(" · ") : oneLine(turn.text);
  return words === "" ? null : `  ${style("dim", `${agent ?? role}:`)} ${shortened(words, 140)}`;
}

function subject(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const { command, path } = input as Record<string, unknown>;
  if (typeof command === "string") return `\`${shortened(oneLine(command), 100)}\``;
  return typeof path === "string" ? path : "";
}

function ending(conclusion: RunConclusion): string {
  switch (conclusion.kind) {
    case "handed_back":
      return `Handed back as #${conclusion.pullNumber}`;
    case "reviewed":
      return `Reviewed #${conclusion.pullNumber}`;
    case "ci_started":
      return `Started CI on #${conclusion.pullNumber}`;
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

/** A model's words must not move the cursor, nor write a line of their own. */
function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, " ").trim();
}

function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
