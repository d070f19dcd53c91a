import { asCodeBlock, neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import type { CheckResult } from "../run/events.ts";
import { code } from "./code-span.ts";
import { checkWords, duration, findingsCount, money, quoted, roundWords } from "./packet-words.ts";
import { renderCosts } from "./cost-markdown.ts";
import { dependencyTable, refusalList } from "./notes-markdown.ts";
import { outcomeWords, testLines } from "./packet-tests.ts";
import { reachedLines } from "./reached-words.ts";
import { checksFail, type Packet } from "./packet.ts";
import { passed } from "./verify.ts";

/** The packet as Markdown, for the status comment and the check run. */
export function renderPacket(packet: Packet): string {
  return [
    verdictLine(packet),
    packet.unfinished === null ? null : `**Unfinished:** ${neutraliseMarkdown(packet.unfinished)}`,
    packet.reviewSummary.trim() === "" ? null : quote(neutraliseMarkdown(packet.reviewSummary)),
    section("Checks", checksTable(packet)),
    section("What the tests say", testsList(packet)),
    section("Findings", findingsList(packet)),
    section("Not verified", packet.unverified.map((line) => `- ${neutraliseMarkdown(line)}`).join("\n")),
    section(
      "What it reached",
      reachedLines(packet.reached, code)
        .map((line) => `- ${line}`)
        .join("\n"),
    ),
    section("New dependencies", dependencyTable(packet.dependencies)),
    section(
      "Can be executed from now on",
      (packet.madeExecutable ?? []).map((path) => `- ${code(path)}`).join("\n"),
    ),
    section("What was refused", refusalList(packet.refusals)),
    section("CI waits for you", packet.ciWaits === undefined ? "" : ciWords(packet)),
    section("The coder's models", rungTable(packet)),
    renderCosts(packet),
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
  "This command sets the sandbox up before anything else. Correct `setup:` in `.github/handback.yml`; if it needs a host that the sandbox does not reach, name that one under `network:`.";

/** Names are folded: there may be hundreds. */
function testsList({ comparison }: Packet): string {
  return testLines(comparison)
    .map(({ text, names }) => {
      if (names.length === 0) return `- ${neutraliseMarkdown(text)}`;
      if (names.length <= 3) return `- ${text} ${names.map(code).join(", ")}`;
      const rows = names.slice(0, mostNames).map((name) => `  - ${code(name)}`);
      const more = names.length > mostNames ? [`  - and ${names.length - mostNames} more`] : [];
      return [`- <details><summary>${text}</summary>`, "", ...rows, ...more, "", "  </details>"].join("\n");
    })
    .join("\n");
}

const mostNames = 30;

function rungTable({ rungs }: Packet): string {
  if (rungs.length === 0) return "";
  const rows = rungs.map(
    ({ rung, model, outcome, turns, tokens, usd }) =>
      `| ${rung} | \`${model}\` | ${outcomeWords(outcome)} | ${turns} | ${tokens.toLocaleString("en")} | ${money(usd)} |`,
  );
  return ["| Rung | Model | Outcome | Turns | Tokens | USD |", "|-|-|-|-|-|-|", ...rows].join("\n");
}

function findingsList({ findings, refuted = 0 }: Packet): string {
  const dropped = refuted === 0 ? "" : `${refuted} dropped after a second look; the review says why.`;
  if (findings.length === 0) return dropped;
  const rows = findings.map(({ finding, state, url }) => {
    const words = neutraliseMarkdown(finding.title);
    const title = url === null ? words : `[${words}](${url})`;
    return `- ${state === "fixed" ? "✅" : state === "declined" ? "↩️" : "⚠️"} ${finding.severity}: ${title} (${code(finding.path)}), ${state}`;
  });
  return [`${findingsCount(findings)}.${dropped === "" ? "" : ` ${dropped}`}`, "", ...rows].join("\n");
}

function ciWords({ branch, ciWaits }: Packet): string {
  const commands = [
    `git fetch origin ${quoted(branch)} && git checkout ${quoted(branch)}`,
    'git commit --allow-empty -m "Run CI" && git push',
  ].join("\n");
  const start =
    ciWaits === "approval"
      ? "approve the pull request, and I put an empty commit on top which starts it; or push a commit of your own"
      : "start it with a commit of your own";
  return [
    `By \`ci: after_approval\` the last commit asks CI not to run. When you have looked at the change, ${start}:`,
    `\`\`\`sh\n${commands}\n\`\`\``,
    "To merge without CI: a squash takes over `skip-checks: true`, so take it out of the message, or CI is skipped on the base branch too.",
  ].join("\n\n");
}

function rerun(packet: Packet): string {
  const commands = [
    `git fetch origin ${quoted(packet.branch)}`,
    `git checkout ${packet.headSha}`,
    ...packet.checks.map((check) => check.command),
  ].join("\n");
  return `<details><summary>Run the checks yourself</summary>\n\n\`\`\`sh\n${commands}\n\`\`\`\n\n</details>`;
}
