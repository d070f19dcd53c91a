import { printable } from "../agent/printable.ts";
import type { LocalResult } from "../local-pipeline.ts";
import type { Style } from "../steps/event-line.ts";
import {
  checkWords,
  costTotal,
  duration,
  findingsCount,
  money,
  quoted,
  roundWords,
  tokenCount,
} from "../steps/packet-words.ts";
import { outcomeWords, testLines } from "../steps/packet-tests.ts";
import type { FindingState, Packet } from "../steps/packet.ts";
import { reachedLines } from "../steps/reached-words.ts";
import { stepTitle } from "../steps/step-title.ts";
import { wrapText } from "./wrap-text.ts";

/** What a person gets back from `handback run`, as text for a terminal: the packet, with the review in full. */
export function renderReport(
  result: LocalResult,
  options: { source: string; width: number; style: Style },
): string {
  const { packet } = result;
  const page = new Page(options);
  if (packet === null) {
    page.heading("Nothing was changed");
    if (result.conclusion.kind === "no_change") {
      page.text(result.conclusion.reason, "");
      page.text(result.conclusion.mend ?? "If that is not what you meant, say more and run it again.", "");
    }
    return page.end();
  }
  page.heading(packet.title);
  page.text(verdictWords(packet));
  if (packet.unfinished !== null) page.text(`Unfinished: ${packet.unfinished}`);
  page.text(packet.reviewSummary);

  const where = packet.checkedBy === "reviewer" ? "in a clean checkout of" : "where the coder worked, at";
  page.section(`Checks, ${where} ${short(packet.headSha)}`);
  if (packet.checks.length === 0) {
    page.text("None was found. Name yours with --verify, or under `verify:` in .github/handback.yml.");
  }
  for (const check of packet.checks) {
    page.line(`${check.command}  ${checkWords(check)}, ${duration(check.seconds)}`);
    if (check.exitCode !== 0) page.code(check.tail);
  }
  const said = testLines(packet.comparison);
  if (said.length > 0) page.section("What the tests say");
  for (const { text, names } of said) {
    page.line(text);
    for (const name of names.slice(0, mostNames)) page.text(name, "    ");
    if (names.length > mostNames) page.text(`and ${names.length - mostNames} more`, "    ");
  }
  if (packet.findings.length > 0) {
    const { refuted = 0 } = packet;
    const dropped = refuted === 0 ? "" : `, ${refuted} dropped after a second look`;
    page.section(`Findings: ${findingsCount(packet.findings)}${dropped}`);
    for (const state of packet.findings) writeFinding(page, state);
  }
  page.list("Not verified", packet.unverified);
  page.list(
    "What it reached",
    reachedLines(packet.reached, (host) => host),
  );
  if (packet.rungs.length > 0) page.section("The coder's models");
  for (const { rung, model, outcome, turns, tokens, usd } of packet.rungs) {
    page.line(
      `${rung}. ${model}: ${outcomeWords(outcome)}; ${turns} turns, ${tokens.toLocaleString("en")} tokens, ${money(usd)}`,
    );
  }
  if (packet.costs.length > 0) {
    page.section(`Cost: ${costTotal(packet)}`);
    for (const cost of packet.costs) {
      const { role, model, turns, usd, seconds } = cost;
      const count = `${turns} ${turns === 1 ? "turn" : "turns"}`;
      page.line(
        `${role}, ${model}: ${count}, ${tokenCount(cost)} tokens, ${money(usd)}, ${duration(seconds)}`,
      );
    }
    for (const cost of packet.steps) {
      page.line(`${stepTitle(cost.step) ?? cost.step}: ${tokenCount(cost)} tokens, ${money(cost.usd)}`);
    }
  }
  page.section(`The change is on the branch ${result.branch}`);
  const git = `git -C ${quoted(options.source)}`;
  page.line(`${git} diff ${short(result.baseSha)} ${result.branch}`);
  page.line(`${git} merge ${result.branch}`);
  return page.end();
}

const mostNames = 10;

function verdictWords(packet: Packet): string {
  const commit = short(packet.headSha);
  switch (packet.verdict) {
    case "approve":
      return `The reviewer approves ${commit} after ${roundWords(packet.rounds)}. The merge is yours.`;
    case "open_findings":
      return `${commit} is not approved after ${roundWords(packet.rounds)}; what is open stands below. Please decide.`;
    case "not_reviewed":
      return `${commit} was not reviewed.`;
    default:
      return packet.verdict satisfies never;
  }
}

function writeFinding(page: Page, { finding, state, reply }: FindingState): void {
  const { path, line, evidence } = finding;
  page.line(`${finding.severity}, ${state}: ${finding.title} (${line === null ? path : `${path}:${line}`})`);
  page.text(finding.body, "    ");
  if (evidence !== null) {
    const end = evidence.exitCode === null ? "killed" : `exit code ${evidence.exitCode}`;
    page.text(`Shown by, with ${end}:`, "    ");
    page.code(`$ ${evidence.command}\n${evidence.output}`);
  }
  if (finding.suggestion !== null && state !== "fixed") {
    page.text("Suggested instead:", "    ");
    page.code(finding.suggestion);
  }
  if (reply !== null) page.text(`The coder: ${reply}`, "    ");
}

/** Lines of text; whatever comes from a model or a command is made safe for a terminal here. */
class Page {
  readonly #options: { width: number; style: Style };
  readonly #lines: string[] = [];

  constructor(options: { width: number; style: Style }) {
    this.#options = options;
  }

  heading(text: string): void {
    this.#lines.push("", this.#options.style("bold", printable(text).replaceAll(/\s+/g, " ")), "");
  }

  section(title: string): void {
    this.heading(title);
    this.#lines.pop();
  }

  line(text: string): void {
    this.#lines.push(`  ${printable(text).replaceAll(/\s+/g, " ")}`);
  }

  /** Markdown as it is, wrapped. */
  text(text: string, indent = "  "): void {
    const trimmed = printable(text).trim();
    if (trimmed !== "") this.#lines.push(wrapText(trimmed, { width: this.#options.width, indent }));
  }

  code(text: string): void {
    const lines = printable(text).trimEnd().split("\n");
    const left = lines.length - maxCodeLines;
    if (left > 0) this.#lines.push(`      … ${left} more ${left === 1 ? "line" : "lines"} above`);
    this.#lines.push(
      ...lines.slice(-maxCodeLines).map((line) => this.#options.style("dim", `      ${line}`)),
    );
  }

  list(title: string, entries: readonly string[]): void {
    if (entries.length === 0) return;
    this.section(title);
    for (const entry of entries) this.text(`- ${entry}`);
  }

  end(): string {
    return `${this.#lines.join("\n").trim()}\n`;
  }
}

const maxCodeLines = 20;

function short(sha: string): string {
  return sha.slice(0, 7);
}
