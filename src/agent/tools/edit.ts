import { z } from "zod";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { defineTool } from "../define-tool.ts";
import type { Tool, ToolOutput } from "../tool.ts";
import { maxFileBytes, tellFileProblem, textIn } from "./file-problem.ts";

/** Replaces one exact piece of a file. */
export function editTool(sandbox: Sandbox): Tool {
  return defineTool({
    name: "edit",
    description: "Replace old_text, which must be in the file exactly once unless `all`.",
    input: z.object({
      path: z.string().min(1),
      old_text: z.string().min(1),
      new_text: z.string(),
      all: z.boolean().default(false),
    }),
    run: ({ path, old_text, new_text, all }) =>
      tellFileProblem(async () => {
        const text = textIn(await sandbox.readFile(path, { maxBytes: maxFileBytes }));
        if (text === null) return refuse(`${path} is not text. Use bash to change it.`);
        if (old_text === new_text) return refuse("old_text and new_text are the same.");
        const piece = pieceIn(text, old_text, new_text);
        if (piece === null) return refuse(notFound(path, text, old_text));
        const parts = text.split(piece.old);
        const times = parts.length - 1;
        if (times > 1 && !all) {
          const lines = linesOf(parts.slice(0, -1), piece.old).join(", ");
          return refuse(
            `old_text is in ${path} ${times} times (lines ${lines}). Take more of what is around it, or set all.`,
          );
        }
        await sandbox.writeFile(path, parts.join(piece.new));
        const [line] = linesOf(parts, piece.old);
        return {
          text: `Edited ${path}: ${times === 1 ? `line ${line}` : `${times} places`}.`,
          isError: false,
        };
      }),
  });
}

/** The piece as it stands in the file: with its line ends, and with characters which were shown as `⟦U+200B⟧`. */
function pieceIn(text: string, old: string, replacement: string): { old: string; new: string } | null {
  if (text.includes(old)) return { old, new: replacement };
  const ways = [toCrlf, unshow, (piece: string) => toCrlf(unshow(piece))];
  const way = ways.find((change) => text.includes(change(old)));
  return way ? { old: way(old), new: way(replacement) } : null;
}

function toCrlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

function unshow(text: string): string {
  return text.replace(/⟦U\+([0-9A-F]{4,6})⟧/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Line numbers at which the pieces between `parts` begin. */
function linesOf(parts: readonly string[], piece: string): number[] {
  const step = piece.split("\n").length - 1;
  let line = 1;
  return parts.map((part, n) => {
    line += part.split("\n").length - 1 + (n > 0 ? step : 0);
    return line;
  });
}

function notFound(path: string, text: string, old: string): string {
  const wanted = old.split("\n").find((line) => line.trim() !== "") ?? old;
  const nearest = nearestLines(text.split(/\r?\n/).slice(0, 20_000), wanted);
  const shown = nearest.map(({ line, number }) => `${number}\t${line.slice(0, 300)}`);
  const hint = shown.length > 0 ? `\nThe nearest lines:\n${shown.join("\n")}` : "";
  return `old_text is not in ${path} as given; spaces and line ends count.${hint}`;
}

function nearestLines(lines: readonly string[], wanted: string): { line: string; number: number }[] {
  const wantedPairs = pairsOf(wanted);
  return lines
    .map((line, index) => ({
      line,
      number: index + 1,
      score: likeness(pairsOf(line.slice(0, 500)), wantedPairs),
    }))
    .filter(({ score }) => score > 0.4)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .sort((a, b) => a.number - b.number);
}

function pairsOf(text: string): Set<string> {
  const dense = text.replace(/\s+/g, " ").trim().slice(0, 500);
  return new Set(Array.from({ length: Math.max(0, dense.length - 1) }, (_, n) => dense.slice(n, n + 2)));
}

/** Dice's measure: 1 for the same pairs of characters, 0 for none in common. */
function likeness(a: Set<string>, b: Set<string>): number {
  if (a.size + b.size === 0) return 0;
  return (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size);
}

function refuse(text: string): ToolOutput {
  return { text, isError: true };
}
