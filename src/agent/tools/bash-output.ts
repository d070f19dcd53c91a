import type { CommandOutput, EndedCommand, RunningCommand } from "../../sandbox/sandbox.ts";
import { askedForInput, lastLine } from "./asked-for-input.ts";

const adviceForInput = "nobody can answer: use a flag such as -y, or give the input by a pipe";

/** The result of a bash call whose command has ended. `others` are lines about other jobs. */
export function describeEnd(end: EndedCommand, others: readonly string[]): string {
  return [howItEnded(end), ...others, ...outputOf(end, "(no output)")].join("\n");
}

/** The result of a bash call whose command goes on. */
export function describeRunning(number: number, state: RunningCommand, others: readonly string[]): string {
  const head = `still running as job ${number} after ${Math.round(state.seconds)} s: ${activityOf(state)}`;
  return [head, ...others, ...outputOf(state, "(nothing new so far)")].join("\n");
}

/**
 * How a command ended and what it printed, back from the result of a bash call; null when no command was run, or when it
 * still runs.
 */
export function readBashOutput(text: string): { exitCode: number | null; output: string } | null {
  const match =
    /^(?:exit code (\d+)(?: \([^\n]*\))?|killed: [^\n]*)(?:\n\[job \d+ has ended: [^\n]*)*(?:\n|$)/.exec(
      text,
    );
  if (!match) return null;
  return { exitCode: match[1] === undefined ? null : Number(match[1]), output: text.slice(match[0].length) };
}

/** The number of the job that a command has become, from the result of its bash call; null when it has not. */
export function readJobNumber(text: string): number | null {
  const match = /^still running as job (\d+) after /.exec(text);
  return match === null ? null : Number(match[1]);
}

/** In one line. */
export function howItEnded(end: EndedCommand): string {
  const { exitCode, reason, preview } = end;
  switch (reason) {
    case "exited": {
      const asked = askedForInput({ exitCode, output: preview });
      const note = asked === null ? "" : ` (it asked for input: ${asked}; ${adviceForInput})`;
      return `exit code ${exitCode ?? "unknown"}${note}`;
    }
    case "stopped":
      return `killed: stopped after ${Math.round(end.seconds)} s`;
    case "asked_for_input":
      return `killed: it waits for input: ${lastLine(preview)}; ${adviceForInput}`;
    case "out_of_memory":
      return "killed: out of memory";
    case "killed":
      return "killed: by a signal";
    default:
      return reason satisfies never;
  }
}

/** What of a preview was not in the one before, whose beginning it shares. */
export function newIn(preview: string, before: string): string {
  if (preview === before) return "";
  let same = 0;
  while (same < before.length && preview[same] === before[same]) same += 1;
  const lineStart = preview.lastIndexOf("\n", same - 1) + 1;
  return lineStart < 200 ? preview : `[… as before …]\n${preview.slice(lineStart)}`;
}

function activityOf({ quietSeconds, outputBytes, waitsFor }: RunningCommand): string {
  if (waitsFor !== null) return `it seems to wait for input from ${waitsFor}`;
  if (outputBytes === 0) return "it has printed nothing yet";
  return quietSeconds < 5
    ? `its output grows, ${outputBytes} bytes`
    : `it has printed nothing for ${Math.round(quietSeconds)} s`;
}

function outputOf(output: CommandOutput, nothing: string): string[] {
  const { preview, outputBytes, outputPath } = output;
  const lines = [preview.trimEnd() || nothing];
  const isWhole = Buffer.byteLength(preview) >= outputBytes;
  if (!isWhole && !preview.includes(outputPath)) {
    lines.push(`[the whole output, ${outputBytes} bytes: ${outputPath}]`);
  }
  return lines;
}
