import { mentionedName } from "../mentions.ts";
import { isNeutral } from "./is-neutral.ts";
import { closingKeyword, foreignTag, isBelow, webAddress } from "./live-text.ts";
import { joined, segmentsOf, spansOf } from "./markdown-segments.ts";

/** GitHub refuses a body above this many characters. */
export const maxBodyLength = 65_536;

/**
 * Makes Markdown harmless that a model wrote: nobody is notified, nothing is closed, nothing is loaded, no HTML is rendered, and
 * only links below `linkPrefix` can be clicked. Code stays as it is. What still slips through this is shown as code as a whole.
 * Doing it twice changes nothing more.
 */
export function neutraliseMarkdown(
  text: string,
  options: {
    linkPrefix?: string;
    maxLength?: number;
    /** People who may be notified. */
    mentions?: readonly string[];
    /** Keep the plain tags that fold text away (`<details>`), which our own bodies have. */
    html?: boolean;
  } = {},
): string {
  const rules = {
    linkPrefix: options.linkPrefix ?? null,
    mentions: options.mentions ?? [],
    html: options.html ?? false,
  };
  const cut = shortened(withoutHidden(text), options.maxLength ?? 60_000);
  const neutral = joined(
    segmentsOf(cut).map(({ kind, text }) => (kind === "code" ? text : neutralProse(text, rules))),
  );
  return isNeutral(neutral, rules) ? neutral : asCodeBlock(cut);
}

type Rules = { linkPrefix: string | null; mentions: readonly string[]; html: boolean };

/**
 * One line for a title: GitHub renders no Markdown there, but people are notified, and a merge makes it a commit message, where
 * "fixes #3" closes.
 */
export function neutraliseTitle(text: string): string {
  const line = withoutHidden(text)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  const quiet = line
    .replace(closingKeyword, (keyword) => (/^[A-Z]/.test(keyword) ? "About " : "about "))
    .replace(mentionedName, "$1");
  const characters = [...quiet.trim()];
  return characters.length > 200 ? `${characters.slice(0, 199).join("")}…` : characters.join("");
}

/** A code block that nothing inside can end. */
export function asCodeBlock(text: string, language = ""): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}

/** Code in a line; it cannot be ended from inside. */
export function asCodeSpan(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const run = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return line === "" ? "" : `${run}${pad}${line}${pad}${run}`;
}

function neutralProse(prose: string, rules: Rules): string {
  const plain = decodeSneaky(prose)
    // An escaped @ or # is still an @ or # once rendered.
    .replace(/(\\+)(?=[@#:/])/g, (run: string, _run, at: number, whole: string) =>
      whole[at + run.length] === "#" && isLineStart(whole, at) ? run : run.slice(run.length % 2),
    )
    .replace(rules.html ? foreignTag : /<(?=[a-z/!?])/gi, "&lt;")
    .replace(/!\[/g, "\\!\\[")
    // A reference's definition, wherever a line of it may begin once the rest is changed.
    .replace(/(?<!\\)\[(?=[^\]\n]+\]:)/g, "\\[")
    .replace(closingKeyword, (_all, keyword: string, gap: string, at: number, whole: string) => {
      // A backslash would take the first backtick away.
      return `${whole[at - 1] === "\\" ? " " : ""}\`${keyword}\`${gap}`;
    });
  return outsideCode(plain, (text) => quietLinks(text, rules));
}

/** Addresses first, since an @ in one is no mention. */
function quietLinks(text: string, { linkPrefix, mentions }: Rules): string {
  let result = "";
  let last = 0;
  const addresses = new RegExp(webAddress.source, "giu");
  for (const match of text.matchAll(addresses)) {
    const before = text.slice(last, match.index);
    const isKept = linkPrefix !== null && isBelow(match[0], linkPrefix);
    const isTarget = before.endsWith("](");
    result += quietMentions(isTarget && !isKept ? before.replace(/\]\($/, "]\\(") : before, mentions);
    result += isKept ? match[0] : (before.endsWith("\\") ? " " : "") + asCodeSpan(match[0]);
    last = match.index + match[0].length;
  }
  result += quietMentions(text.slice(last), mentions);
  // A target that is no web address: javascript:, mailto:, a path.
  return result.replace(/\]\((?!https?:)/gi, "]\\(");
}

function quietMentions(text: string, allowed: readonly string[]): string {
  return text.replace(mentionedName, (all: string, name: string) =>
    allowed.some((login) => login.toLowerCase() === name.toLowerCase()) ? all : `\`${all}\``,
  );
}

function outsideCode(text: string, change: (prose: string) => string): string {
  return joined(spansOf(text).map((span) => (span.kind === "code" ? span.text : change(span.text))));
}

/** Character references that would turn into letters of a mention, a reference or an address only after our look at them. */
function decodeSneaky(text: string): string {
  const named: Record<string, string> = {
    commat: "@",
    num: "#",
    colon: ":",
    period: ".",
    sol: "/",
    lowbar: "_",
  };
  return text
    .replace(/&(commat|num|colon|period|sol|lowbar);/g, (_all, name: string) => named[name]!)
    .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (reference, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      const character = code < 0x80 ? String.fromCodePoint(code) : "";
      return /[\w@#:/.-]/.test(character) ? character : reference;
    });
}

/** Direction overrides, zero-width and tag characters: they show a reader something else than what is there. */
function withoutHidden(text: string): string {
  return text
    .replace(
      /[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]/g,
      "",
    )
    .replace(/[\u{e0000}-\u{e0fff}]/gu, "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "");
}

function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "");
  const end = kept.lastIndexOf("\n");
  const left = end > maxLength / 2 ? kept.slice(0, end) : kept;
  const closed = segmentsOf(left)
    .map(({ text }) => text)
    .join("");
  return `${closed}\n\n… ${text.length - left.length} more characters are left out here.`;
}

function isLineStart(text: string, at: number): boolean {
  return /(?:^|\n)[ >]*$/.test(text.slice(Math.max(0, at - 20), at));
}
