import { printable } from "../agent/printable.ts";
import type { ModelMessage } from "../agent/model.ts";
import { checkLine, type Style } from "../steps/event-line.ts";
import { duration, money } from "../steps/packet-words.ts";
import type { RunStory, StepStory, TurnStory } from "./run-story.ts";

/** `full`: every answer, input, output and diff as it is. */
interface Look {
  readonly full: boolean;
  readonly style: Style;
}

export function showRun(story: RunStory, look: Look): string {
  const { style } = look;
  const head = `${style("bold", oneLine(story.title))} ${style("dim", story.id)}`;
  const end = story.conclusion === null ? "not at its end" : story.conclusion.kind.replace("_", " ");
  const verdict =
    story.conclusion?.kind === "handed_back" ? `, ${story.conclusion.verdict.replace("_", " ")}` : "";
  return [head, ...story.steps.map((step) => showStep(step, look)), style("bold", `${end}${verdict}`)].join(
    "\n",
  );
}

export function showStep(story: StepStory, look: Look): string {
  const { style, full } = look;
  const unfinished = story.step === "" ? "" : story.outcome;
  const time = story.seconds === null ? unfinished : duration(story.seconds);
  const lines = [
    `${style("bold", story.step === "" ? "before the first step" : story.step)} ${style("dim", time)}`,
  ];
  for (const turn of story.turns) lines.push(...showTurn(turn, look));
  for (const check of story.checks) lines.push(`  check ${checkLine(check)}`);
  for (const diff of story.diffs) {
    lines.push(`  ${diffCount(diff)}`, ...(full ? indented(diff) : []));
  }
  for (const finding of story.findings) {
    const at = `${finding.path}${finding.line === null ? "" : `:${finding.line}`}`;
    lines.push(`  ${finding.severity} ${at}  ${oneLine(finding.title)}`);
    if (full) lines.push(...indented(finding.body));
  }
  for (const effect of story.effects) lines.push(`  → ${oneLine(effect)}`);
  for (const note of story.notes) lines.push(`  ${oneLine(note)}`);
  if (story.failure !== null)
    lines.push(`  ${style("red", oneLine(`${story.failure.message} ${story.failure.mend}`))}`);
  return lines.join("\n");
}

/** One turn with all that was told and said in it. */
export function showWholeTurn({ number, agent, turn, request }: TurnStory, style: Style): string {
  const parts = [`${style("bold", `${agent}, turn ${number}`)} ${style("dim", costOf(turn))}`];
  if (request === null) parts.push("What it was asked is not on the tape.");
  else {
    parts.push(style("bold", "Instructions"), printable(request.system));
    parts.push(style("bold", "Tools"), request.tools.map(({ name }) => name).join(", "));
    for (const message of request.messages) parts.push(...showMessage(message, style));
  }
  parts.push(style("bold", "Answer"), printable(turn.text) || style("dim", "(no words)"));
  for (const call of turn.calls) {
    parts.push(style("bold", `${call.tool}${call.isError ? ", an error" : ""}`));
    parts.push(printable(inputText(call.input)), style("dim", "gave"), printable(call.output));
  }
  return parts.join("\n");
}

function showMessage(message: ModelMessage, style: Style): string[] {
  return message.content.flatMap((block) => {
    switch (block.type) {
      case "text":
        return [style("bold", message.role === "user" ? "Told" : "Said"), printable(block.text)];
      case "tool_call":
        return [style("bold", `Called ${block.name}`), printable(inputText(block.input))];
      case "tool_result":
        return [style("bold", "Result"), printable(block.text)];
      case "opaque":
        return [];
      default:
        return block satisfies never;
    }
  });
}

function showTurn({ number, agent, turn }: TurnStory, { style, full }: Look): string[] {
  const lines = [`  ${number} ${style("cyan", agent)} ${style("dim", costOf(turn))}`];
  if (turn.text !== "") lines.push(...indented(full ? turn.text : shortened(oneLine(turn.text), 120)));
  for (const call of turn.calls) {
    const input = full ? inputText(call.input) : shortened(oneLine(inputText(call.input)), 100);
    lines.push(...indented(`${style("bold", call.tool)} ${input}`));
    const output = full ? call.output : shortened(oneLine(call.output), 100);
    lines.push(...indented(style(call.isError ? "red" : "dim", `${call.isError ? "✗" : "→"} ${output}`), 6));
  }
  return lines;
}

function costOf({ usage, usd, model }: TurnStory["turn"]): string {
  const tokens = (
    usage.input +
    usage.output +
    (usage.cacheRead ?? 0) +
    (usage.cacheWrite ?? 0)
  ).toLocaleString("en-US");
  return `${model}, ${tokens} tokens, ${money(usd)}`;
}

/** A command, a path or, of anything else, all of it. */
function inputText(input: unknown): string {
  if (typeof input !== "object" || input === null) return String(input);
  const { command, path, ...rest } = input as Record<string, unknown>;
  const head = [command, path].filter((one) => typeof one === "string").join(" ");
  const tail = Object.keys(rest).length === 0 ? "" : JSON.stringify(rest);
  return `${head} ${tail}`.trim();
}

function diffCount(diff: string): string {
  const lines = diff.split("\n");
  const files = lines.filter((line) => line.startsWith("diff --git ")).length;
  const added = lines.filter((line) => line.startsWith("+") && !line.startsWith("+++")).length;
  const removed = lines.filter((line) => line.startsWith("-") && !line.startsWith("---")).length;
  return `committed: ${files} file${files === 1 ? "" : "s"}, +${added} −${removed}`;
}

function indented(text: string, by = 4): string[] {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => `${" ".repeat(by)}${printable(line)}`);
}

function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, " ").trim();
}

function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
