import { printable } from "../printable.ts";

/**
 * The question in the output of a command that ended because nobody answered it, or the words in which it said so; null
 * when it does not look as if it had asked. A command's stdin is empty and it has no terminal: most that ask end at once.
 */
export function askedForInput(ended: { exitCode: number | null; output: string }): string | null {
  const { exitCode, output } = ended;
  const last = lastLine(output);
  if (last !== "" && !output.endsWith("\n") && endsAsQuestion(output, exitCode)) return last;
  if (exitCode === 0) return null;
  const said = output
    .slice(-endBytes)
    .split(/\r?\n/)
    .findLast((line) => saysSo.some((pattern) => pattern.test(line)));
  return said === undefined ? null : cut(said);
}

/** The last line that is not empty, in a length for people. */
export function lastLine(output: string): string {
  return cut(output.trimEnd().slice(-1_000).split("\n").at(-1) ?? "");
}

const endBytes = 1_500;

/** Programs that ask leave a space for the answer; one that failed may do without. */
function endsAsQuestion(output: string, exitCode: number | null): boolean {
  if (/(?:[?:]|[[(]y(?:es)?\/no?[^\])]*[\])]:?) $/i.test(output)) return true;
  return exitCode !== 0 && /(?:[?:](?: \([^)]*\) ?)?|[[(]y(?:es)?\/no?[^\])]*[\])])$/i.test(output);
}

/** What programs say when they want a person and there is none. */
const saysSo = [
  /^EOFError(?:: EOF when reading a line)?$/,
  /\/dev\/tty: No such device or address/,
  /terminal prompts disabled/,
  /could not read (?:Username|Password|Passphrase)/i,
  /\[y\/n\][?:]? *Abort/i,
  /a terminal is required|must be run from a terminal|(?:stdin|input) is not a (?:tty|terminal)|no tty present/i,
  /Terminal is dumb, but (?:EDITOR|VISUAL) unset/i,
  /(?:password|pass ?phrase)(?: for [^:]*)?: ?(?:\w+: )?.*(?:failure|error)/i,
  /non-interactive terminal|requires? (?:an )?interactive/i,
];

function cut(line: string): string {
  const text = printable(line).trim();
  return text.length > 150 ? `…${text.slice(-149)}` : text;
}
