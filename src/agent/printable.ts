import { showHidden } from "./visible-text.ts";

/**
 * A tool's output as the model and the journal get it: well-formed, without colours and overwritten progress lines, with
 * control and hidden characters shown as `⟦U+0000⟧` (a database refuses NUL, and nobody may hide words in a file from
 * the person who reads along).
 */
export function printable(text: string): string {
  const lines = text.toWellFormed().replace(colours, "").replace(/\r\n/g, "\n").replace(overwritten, "");
  return showHidden(lines);
}

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

// oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
const colours = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;
const overwritten = /[^\n]*\r(?=[^\n])/g;
