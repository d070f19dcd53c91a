import { showHidden } from "./hidden-characters.ts";

/**
 * A tool's output as the model and the journal get it: well-formed, without colours and overwritten progress lines, with
 * control and hidden characters shown as `⟦U+0000⟧` (a database refuses NUL, and nobody may hide words in a file from
 * the person who reads along).
 */
export function printable(text: string): string {
  const plain = text.toWellFormed().replace(colours, "");
  return showHidden(plain.includes("\r") ? plain.split("\n").map(lastWritten).join("\n") : plain);
}

/** What a terminal shows of a line that was written over and over, as a progress bar is. */
function lastWritten(line: string): string {
  const end = line.replace(/\r{1,9}$/, "");
  return end.slice(end.lastIndexOf("\r") + 1);
}

/** Escape sequences: colours, cursor moves, titles, links. */
const colours = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;
