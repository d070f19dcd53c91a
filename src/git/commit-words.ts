import { mentionedName } from "../mentions.ts";

/** The e-mail address under which everything is committed in a sandbox. */
export const coderIdentity = { name: "Handback", email: "handback@users.noreply.github.com" };

/**
 * What is wrong with the message of a commit, in words for its author; null: nothing. A message reaches GitHub as it is: there it
 * closes issues, notifies people, keeps CI from running, and names people as authors, and the host rewrites no commit. `owner`: who
 * owns the repository; only there, `@owner/name` is a team. Any other `@scope/name` is taken for a package.
 */
export function problemOfMessage(
  message: string,
  { owner }: { owner?: string | undefined } = {},
): string | null {
  if (message.length > longest) return `has more than ${longest} characters`;
  for (const [, name = ""] of message.matchAll(mentionedName)) {
    const [scope, ...rest] = name.toLowerCase().split("/");
    if (rest.length === 0 || scope === owner?.toLowerCase())
      return "has an `@` before a name, which would notify somebody; write the name without it";
  }
  return rules.find(({ pattern }) => pattern.test(message))?.problem ?? null;
}

/** Whether a commit's headers name the coder as author and as committer. */
export function isByCoder(headers: string): boolean {
  const people = [...headers.matchAll(/^(?:author|committer) (.*) <(.*)> \d+ [+-]\d+$/gm)];
  return (
    people.length === 2 &&
    people.every(([, name, email]) => name === coderIdentity.name && email === coderIdentity.email)
  );
}

const longest = 10_000;

const rules: readonly { pattern: RegExp; problem: string }[] = [
  {
    // As GitHub reads it, and a little more: `fixes #7`, `closes: o/r#1`, `resolve GH-3`, `fixed https://…/issues/3`.
    pattern:
      /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[\s:*_~(\\[]{0,20}(?:[\w.-]{1,100}\/[\w.-]{1,100})?(?:#\d|gh-\d|https?:\/\/)/iu,
    problem: "would close an issue; name it without such a word, or not at all",
  },
  {
    pattern: /\[\s*(?:skip[ -]ci|ci[ -]skip|no[ -]ci|skip[ -]actions|actions[ -]skip)\s*\]/iu,
    problem: "would keep CI from running",
  },
  { pattern: /^[ \t]*skip-checks[ \t]*:/imu, problem: "would keep checks from running" },
  {
    pattern: /^[ \t]*(?:[a-z]+(?:-[a-z]+)*-by|on-behalf-of|cc|author)[ \t]*:/imu,
    problem: "names people in a trailer; a person's name is for that person to give",
  },
];
