import { nearest } from "./nearest.ts";
import type { Command, CommandOptions, RoleName } from "./trigger.ts";

/** What a person wrote wrongly, answered with what would have worked. Markdown. */
export interface Mistake {
  readonly kind: "mistake";
  readonly reply: string;
}

/**
 * The `/agent` command in a comment's first line (blank lines before it do not count), outside quotes and code; null when
 * there is none. Options stand right after the command or at the end of its line: `/agent do --rounds 2 tidy up`.
 * Everything else, with the lines below, is the command's text.
 */
export function parseCommand(body: string, context: { isPullRequest: boolean }): Command | Mistake | null {
  const { firstLine, rest } = splitFirstLine(body);
  const head = /^ {0,3}\/agent(?=\s|$)/iu.exec(firstLine);
  if (head === null) return null;

  const words = wordsOf(firstLine.slice(head[0].length));
  const bare = words.length === 0 || isOption(words[0]);
  const verb = bare ? (context.isPullRequest ? "fix" : "do") : words[0]!.toLowerCase();
  if (!isBuilt(verb)) return unknown(verb, context);
  const misplaced = placeMistake(verb, context);
  if (misplaced !== null) return misplaced;

  const read = readOptions(bare ? words : words.slice(1));
  if ("kind" in read) return read;
  const text = [read.words.join(" "), rest.trim()].filter((part) => part !== "").join("\n\n");
  return commandOf(verb, text, read.options);
}

/** The commands and their options, as a reply shows them. Markdown. */
export function helpText(context: { isPullRequest: boolean }): string {
  const rows = builtCommands.filter(
    ({ where }) => where === "both" || (where === "pull") === context.isPullRequest,
  );
  return [
    "| write as the first line of a comment | it does |",
    "|---|---|",
    ...rows.map(({ usage, does }) => `| \`${usage}\` | ${does} |`),
    "",
    "Options on any of them: `--model coder=opus`, `--budget 5usd`, `--rounds 2`.",
  ].join("\n");
}

/** What approving starts has no word: a comment names no commit. */
type Verb = Exclude<Command["kind"], "ci">;

const builtCommands: readonly {
  verb: Verb;
  where: "issue" | "pull" | "both";
  usage: string;
  does: string;
}[] = [
  {
    verb: "do",
    where: "issue",
    usage: "/agent do [text]",
    does: "makes the change and opens a reviewed pull request",
  },
  {
    verb: "fix",
    where: "pull",
    usage: "/agent fix [text]",
    does: "answers the open review threads, and the text",
  },
  { verb: "review", where: "pull", usage: "/agent review [focus]", does: "reviews, and changes nothing" },
  { verb: "stop", where: "both", usage: "/agent stop", does: "stops the run; nothing is written after it" },
  { verb: "status", where: "both", usage: "/agent status", does: "says what is going on" },
  { verb: "help", where: "both", usage: "/agent help", does: "shows this list" },
];

/** In the product's plan, not in this version: an honest answer is better than "unknown". */
const plannedCommands = [
  "plan",
  "approve",
  "ask",
  "audit",
  "orchestrate",
  "retry",
  "resume",
  "steer",
  "cost",
  "config",
] as const;

function isBuilt(verb: string): verb is Verb {
  return builtCommands.some((command) => command.verb === verb);
}

function unknown(verb: string, context: { isPullRequest: boolean }): Mistake {
  const shown = inCode(`/agent ${verb}`);
  if ((plannedCommands as readonly string[]).includes(verb)) {
    return mistake(`${shown} is not there yet. What works today:\n\n${helpText(context)}`);
  }
  const built = builtCommands.map((command) => command.verb);
  const close = nearest(verb, built);
  const hint =
    close === null
      ? `To describe the work in your own words, write ${inCode(`/agent ${context.isPullRequest ? "fix" : "do"} …`)}.`
      : `Did you mean ${inCode(`/agent ${close}`)}?`;
  return mistake(`I don't know ${shown}. ${hint}\n\n${helpText(context)}`);
}

function placeMistake(verb: Verb, { isPullRequest }: { isPullRequest: boolean }): Mistake | null {
  if (verb === "do" && isPullRequest) {
    return mistake(
      "`/agent do` starts from an issue, and this is a pull request. To have it changed, write `/agent fix …` here.",
    );
  }
  if ((verb === "fix" || verb === "review") && !isPullRequest) {
    return mistake(
      `\`/agent ${verb}\` needs a pull request, and this is an issue. To have the issue worked on, write \`/agent do …\` here.`,
    );
  }
  return null;
}

function commandOf(verb: Verb, text: string, options: CommandOptions): Command {
  switch (verb) {
    case "do":
    case "fix":
      return { kind: verb, text, options };
    case "review":
      return { kind: verb, focus: text, options };
    case "stop":
    case "status":
    case "help":
      return { kind: verb, options };
    default:
      return verb satisfies never;
  }
}

const zeroBudget = "takes more than nothing, `--budget 5usd`: a budget of 0 means no run";

const optionNames = ["--model", "--budget", "--rounds"] as const;
type OptionName = (typeof optionNames)[number];

/** Options from the front and from the end; what stands between is text, even if it looks like an option. */
function readOptions(words: readonly string[]): { options: CommandOptions; words: string[] } | Mistake {
  const left = [...words];
  const found: [OptionName, string | undefined][] = [];

  while (isOption(left[0])) {
    const [name, attached] = splitOption(left.shift()!);
    if (!isOptionName(name)) return unknownOption(name);
    found.push([name, attached ?? left.shift()]);
  }
  for (;;) {
    const [lastName, attached] = splitOption(left.at(-1) ?? "");
    const beforeLast = left.at(-2) ?? "";
    if (isOptionName(lastName)) {
      left.pop();
      found.push([lastName, attached]);
    } else if (isOptionName(beforeLast)) {
      found.push([beforeLast, left.pop()]);
      left.pop();
    } else break;
  }

  let options: CommandOptions = { models: {}, usd: null, rounds: null };
  for (const [name, value] of found) {
    const next = withOption(options, name, value ?? "");
    if ("kind" in next) return next;
    options = next;
  }
  return { options, words: left };
}

function withOption(options: CommandOptions, name: OptionName, value: string): CommandOptions | Mistake {
  switch (name) {
    case "--model": {
      const match = /^(planner|coder|reviewer|improver|helper)=([A-Za-z0-9][\w.:/@-]{0,99})$/.exec(value);
      if (match === null) {
        return optionMistake(
          name,
          value,
          "a role and a model, `--model coder=opus` (roles: planner, coder, reviewer, improver, helper)",
        );
      }
      return { ...options, models: { ...options.models, [match[1] as RoleName]: match[2]! } };
    }
    case "--budget": {
      const match = /^\$?(\d{1,6}(?:\.\d{1,2})?)(?:usd|\$)?$/i.exec(value);
      const usd = Number(match?.[1]);
      if (usd === 0) return mistake(`\`--budget\` ${zeroBudget}. Nothing was started.`);
      if (match === null) return optionMistake(name, value, "an amount of money, `--budget 5usd`");
      return { ...options, usd };
    }
    case "--rounds": {
      const rounds = /^\d{1,2}$/.test(value) ? Number(value) : 0;
      if (rounds < 1 || rounds > 10) return optionMistake(name, value, "a number from 1 to 10, `--rounds 2`");
      return { ...options, rounds };
    }
    default:
      return name satisfies never;
  }
}

function unknownOption(name: string): Mistake {
  const close = nearest(name, optionNames);
  const hint = close === null ? "" : ` Did you mean ${inCode(close)}?`;
  return mistake(
    `I don't know the option ${inCode(name)}.${hint} There are \`--model coder=opus\`, \`--budget 5usd\` and \`--rounds 2\`.`,
  );
}

function optionMistake(name: OptionName, value: string, wanted: string): Mistake {
  const got = value === "" ? "nothing" : inCode(value);
  return mistake(`\`${name}\` takes ${wanted}; it got ${got}. Nothing was started.`);
}

function splitFirstLine(body: string): { firstLine: string; rest: string } {
  const lines = body.split(/\r\n|[\n\r\u2028\u2029]/);
  const first = lines.findIndex((line) => line.trim() !== "");
  return first === -1
    ? { firstLine: "", rest: "" }
    : { firstLine: lines[first]!, rest: lines.slice(first + 1).join("\n") };
}

/** Split at any white space, unicode's too: phones and editors put no-break spaces into comments. */
function wordsOf(line: string): string[] {
  return line.split(/\s+/u).filter((word) => word !== "");
}

function isOption(word: string | undefined): boolean {
  return word !== undefined && /^--\w/.test(word);
}

function splitOption(word: string): [name: string, value: string | undefined] {
  const match = /^(--[\w-]+)=(.*)$/su.exec(word);
  return match === null ? [word.toLowerCase(), undefined] : [match[1]!.toLowerCase(), match[2]];
}

function isOptionName(name: string): name is OptionName {
  return (optionNames as readonly string[]).includes(name);
}

/** A stranger's word shown in our reply: short, in code, and unable to leave it. */
function inCode(text: string): string {
  const plain = text.replace(/[`\p{C}\s]+/gu, " ").trim();
  const characters = [...plain];
  return `\`${characters.length > 60 ? `${characters.slice(0, 60).join("")}…` : plain}\``;
}

function mistake(reply: string): Mistake {
  return { kind: "mistake", reply };
}
