import { asCodeBlock, neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import type { CheckResult } from "../run/events.ts";
import type { Finding } from "../run/results.ts";
import { passed } from "./verify.ts";
import type { Review } from "./review-change.ts";
import type { RoleName } from "../triggers/trigger.ts";

/** What a person gets back, tied to one commit. */
export interface Packet {
  readonly pullNumber: number;
  readonly title: string;
  readonly branch: string;
  readonly headSha: string;
  readonly verdict: "approve" | "open_findings" | "not_reviewed";
  /** The reviewer's last words on the whole. */
  readonly reviewSummary: string;
  readonly rounds: number;
  readonly checks: readonly CheckResult[];
  /** The reviewer's is a clean checkout of `headSha`; without a review there is only what ran where the coder worked. */
  readonly checkedBy: "reviewer" | "coder";
  readonly findings: readonly FindingState[];
  readonly unverified: readonly string[];
  readonly reached: readonly string[];
  readonly costs: readonly RoleCost[];
  readonly seconds: number;
  /** Why the coder did not come to its own end; null when it did. */
  readonly unfinished: string | null;
}

export interface FindingState {
  readonly finding: Finding;
  readonly state: "open" | "fixed" | "declined";
  readonly reply: string | null;
  readonly url: string | null;
}

export interface RoleCost {
  readonly role: RoleName;
  readonly model: string;
  readonly turns: number;
  readonly tokens: number;
  /** null: the price is not known. */
  readonly usd: number | null;
  readonly seconds: number;
}

/** Puts the packet together; "not reviewed" is what it is whenever no review came to an end. */
export function makePacket(facts: {
  pullNumber: number;
  title: string;
  branch: string;
  headSha: string;
  review: Review | null;
  unfinished: string | null;
  rounds: number;
  findings: readonly FindingState[];
  reached: readonly string[];
  costs: readonly RoleCost[];
  minutes: number;
  /** What ran in the coder's sandbox on the same commit. */
  coderChecks?: readonly CheckResult[];
}): Packet {
  const { review, minutes, coderChecks = [], ...rest } = facts;
  const result = review?.result ?? null;
  return {
    ...rest,
    verdict: verdictOf(facts),
    reviewSummary: result?.summary ?? review?.gaveUp ?? "",
    checks: review?.checks ?? coderChecks,
    checkedBy: review === null ? "coder" : "reviewer",
    unverified: result?.unverified ?? [],
    seconds: minutes * 60,
  };
}

/** The reviewer's word does not outrank a check that fails, a blocking finding that was not fixed, or a coder that gave up on it. */
function verdictOf(facts: {
  review: Review | null;
  findings: readonly FindingState[];
  unfinished: string | null;
}): Packet["verdict"] {
  const { review, findings, unfinished } = facts;
  if (review === null || review.result === null) return "not_reviewed";
  const isBlocked = findings.some(
    ({ finding, state }) => state !== "fixed" && finding.severity === "blocking",
  );
  const isBroken = checksFail(review);
  const isApproved = review.result.verdict === "approve" && unfinished === null;
  return isApproved && !isBlocked && !isBroken ? "approve" : "open_findings";
}

export function checksFail({ checks }: { readonly checks: readonly CheckResult[] }): boolean {
  return checks.some((check) => !passed(check));
}

/** The packet as Markdown, for the status comment and for the terminal. */
export function renderPacket(packet: Packet): string {
  return [
    verdictLine(packet),
    packet.unfinished === null ? null : `**Unfinished:** ${neutraliseMarkdown(packet.unfinished)}`,
    packet.reviewSummary.trim() === "" ? null : quote(neutraliseMarkdown(packet.reviewSummary)),
    section("Checks", checksTable(packet)),
    section("Findings", findingsList(packet.findings)),
    section("Not verified", packet.unverified.map((line) => `- ${neutraliseMarkdown(line)}`).join("\n")),
    section("Reached over the network", packet.reached.map((host) => `- \`${host}\``).join("\n")),
    costs(packet),
    rerun(packet),
  ]
    .filter((part) => part !== null)
    .join("\n\n");
}

function verdictLine(packet: Packet): string {
  const commit = `\`${packet.headSha.slice(0, 7)}\``;
  const rounds = roundWords(packet.rounds);
  switch (packet.verdict) {
    case "approve":
      return `**Verdict:** the reviewer approves ${commit} after ${rounds}. The merge is yours.`;
    case "open_findings":
      if (checksFail(packet))
        return `**Verdict:** the checks fail on ${commit}, so it is not approved and stays a draft; what they say stands below.${goOn(packet, "fix <what to do about it>")}`;
      return `**Verdict:** ${commit} is not approved after ${rounds}; what is open stands below. Please decide.`;
    case "not_reviewed":
      return `**Verdict:** ${commit} was not reviewed. It stays a draft.${packet.unfinished === null ? goOn(packet, "review") : ""}`;
    default:
      return packet.verdict satisfies never;
  }
}

/** On this machine there is no pull request to write on. */
function goOn({ pullNumber }: Packet, command: string): string {
  return pullNumber === 0 ? "" : ` To go on from here, write \`/agent ${command}\` on #${pullNumber}.`;
}

export function roundWords(rounds: number): string {
  return rounds === 1 ? "one round" : `${rounds} rounds`;
}

function quote(text: string): string {
  return text
    .trim()
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}

function section(title: string, body: string): string | null {
  return body === "" ? null : `#### ${title}\n\n${body}`;
}

/** What ran and how it ended; of what failed, the end of its output as well. */
export function checksTable(packet: Pick<Packet, "checks" | "headSha" | "checkedBy">): string {
  if (packet.checks.length === 0) {
    return "No check command was found. Name yours under `verify:` in `.github/handback.yml`, and the next run will use it.";
  }
  const rows = packet.checks.map(
    (check) => `| ${code(check.command)} | ${checkWords(check)} | ${duration(check.seconds)} |`,
  );
  const commit = `\`${packet.headSha.slice(0, 7)}\``;
  const where =
    packet.checkedBy === "reviewer"
      ? `In a clean checkout of ${commit}, in a second sandbox:`
      : `In the coder's own sandbox, at ${commit}:`;
  const table = [where, "", "| Command | Result | Time |", "|-|-|-|", ...rows].join("\n");
  const said = packet.checks
    .filter((check) => !passed(check) && (check.tail.trim() !== "" || check.isSetup))
    .slice(0, 3);
  return [table, ...said.map(lastWords)].join("\n\n");
}

function lastWords({ command, tail, isSetup }: CheckResult): string {
  const end = tail.trim().split("\n").slice(-15).join("\n").slice(-1_000);
  const said = `${code(command)} ends with:\n\n${asCodeBlock(end)}`;
  return isSetup ? `${said}\n\n${setupMend}` : said;
}

const setupMend =
  "This command sets the sandbox up before anything else. Correct `setup:` in `.github/handback.yml`; if it needs a host that the sandbox does not reach, name that one under `sandbox.allow`.";

export function checkWords(check: CheckResult): string {
  switch (check.reason) {
    case "exited":
      return check.exitCode === 0 ? "✅ passed" : `❌ exit ${check.exitCode}`;
    case "timeout":
      return "❌ timed out";
    case "out_of_memory":
      return "❌ out of memory";
    case "killed":
      return "❌ killed";
    default:
      return check.reason satisfies never;
  }
}

/** `3 found, 2 fixed, 1 open` */
export function findingsCount(findings: readonly FindingState[]): string {
  const count = (state: FindingState["state"]): number =>
    findings.filter((one) => one.state === state).length;
  const parts = [`${findings.length} found`, `${count("fixed")} fixed`];
  if (count("declined") > 0) parts.push(`${count("declined")} declined with a reason`);
  return [...parts, `${count("open")} open`].join(", ");
}

function findingsList(findings: readonly FindingState[]): string {
  if (findings.length === 0) return "";
  const rows = findings.map(({ finding, state, url }) => {
    const words = neutraliseMarkdown(finding.title);
    const title = url === null ? words : `[${words}](${url})`;
    return `- ${state === "fixed" ? "✅" : state === "declined" ? "↩️" : "⚠️"} ${finding.severity}: ${title} (${code(finding.path)}), ${state}`;
  });
  return [`${findingsCount(findings)}.`, "", ...rows].join("\n");
}

function costs(packet: Packet): string | null {
  if (packet.costs.length === 0) return null;
  const rows = packet.costs.map(
    (cost) =>
      `| ${cost.role} | \`${cost.model}\` | ${cost.turns} | ${cost.tokens.toLocaleString("en")} | ${money(cost.usd)} | ${duration(cost.seconds)} |`,
  );
  const table = ["| Role | Model | Turns | Tokens | USD | Time |", "|-|-|-|-|-|-|", ...rows].join("\n");
  return `<details><summary>What it cost: ${costTotal(packet)}</summary>\n\n${table}\n\n</details>`;
}

/** `$0.12, 34,567 tokens, 3 min` */
export function costTotal(packet: Pick<Packet, "costs" | "seconds">): string {
  const tokens = packet.costs.reduce((sum, cost) => sum + cost.tokens, 0);
  return `${money(totalUsd(packet.costs))}, ${tokens.toLocaleString("en")} tokens, ${duration(packet.seconds)}`;
}

/** null when one of the prices is not known: a sum without it would be a lie. */
export function totalUsd(costs: readonly RoleCost[]): number | null {
  return costs.reduce<number | null>((sum, { usd }) => (sum === null || usd === null ? null : sum + usd), 0);
}

function rerun(packet: Packet): string {
  const commands = [
    `git fetch origin ${packet.branch}`,
    `git checkout ${packet.headSha}`,
    ...packet.checks.map((check) => check.command),
  ].join("\n");
  return `<details><summary>Run the checks yourself</summary>\n\n\`\`\`sh\n${commands}\n\`\`\`\n\n</details>`;
}

export function money(usd: number | null): string {
  if (usd === null) return "unknown";
  return usd > 0 && usd < 0.01 ? "< $0.01" : `$${usd.toFixed(2)}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return "< 1 s";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A command in a table cell: a pipe would end the cell, a backtick the code. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  return line.includes("`") ? `\`\` ${line} \`\`` : `\`${line}\``;
}
