import { z } from "zod";
import { SandboxFileError } from "../../errors.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { defineTool } from "../define-tool.ts";
import type { ShownResult, Tool, ToolOutput } from "../tool.ts";
import { maxFileBytes, tellFileProblem, textIn } from "./file-problem.ts";

/** Shows lines of a file with their numbers. */
export function readTool(sandbox: Sandbox): Tool {
  const tool = defineTool({
    name: "read",
    description: "Show lines of a text file, each after its number and a tab.",
    input: z.object({
      path: z.string().min(1),
      offset: z.number().int().min(1).optional(),
      limit: z.number().int().min(1).max(5_000).optional(),
    }),
    run: ({ path, offset = 1, limit }) =>
      tellFileProblem(async () => {
        let bytes: Uint8Array;
        try {
          bytes = await sandbox.readFile(path, { maxBytes: maxFileBytes });
        } catch (error) {
          if (!(error instanceof SandboxFileError) || !error.code.endsWith("too_big")) throw error;
          return refuse(
            `${error.message}. Look at parts of it with bash, e.g. \`sed -n 1,200p\` or \`grep -n\`.`,
          );
        }
        const text = textIn(bytes);
        if (text === null)
          return refuse(`${path} is not text (${bytes.length} bytes). Use bash to look into it.`);
        if (text === "") return { text: `${path} is empty.`, isError: false };
        return show({ path, text, offset, limit });
      }),
  });
  return { ...tool, isShownIn };
}

interface Part {
  path: string;
  text: string;
  offset: number;
  limit: number | undefined;
}

function show({ path, text, offset, limit }: Part): ToolOutput {
  const lines = text.replace(/\r\n/g, "\n").replace(/\n$/, "").split("\n");
  if (offset > lines.length)
    return refuse(`${path} has ${lines.length} lines; line ${offset} is beyond its end.`);
  // Who asks for no part of a long file gets its beginning, and can ask for what matters in it.
  const isPreview = limit === undefined && offset === 1 && text.length > maxWholeLength;
  const most = isPreview ? maxPreviewLength : maxShownLength;
  const shown: string[] = [];
  let length = 0;
  for (const [n, line] of lines.slice(offset - 1, offset - 1 + (limit ?? lines.length)).entries()) {
    const cut =
      line.length > maxLineLength ? `${line.slice(0, maxLineLength)}… [${line.length} characters]` : line;
    length += cut.length + 6;
    if (length > most && shown.length > 0) break;
    shown.push(`${offset + n}\t${cut}`);
  }
  const last = offset + shown.length - 1;
  const more = isPreview && last < lines.length ? "; give offset and limit for more" : "";
  const notes = [
    ...(last < lines.length || offset > 1 ? [`[lines ${offset}–${last} of ${lines.length}${more}]`] : []),
    ...(text.includes("\r\n") ? ["[lines end in CRLF]"] : []),
  ];
  return { text: [...shown, ...notes].join("\n"), isError: false };
}

/** The same lines of the same file: each carries its number, so that none is taken for another. */
function isShownIn(now: ShownResult, earlier: ShownResult): boolean {
  const lines = linesOf(now.output);
  if (lines.length < leastWorthNaming || pathOf(now.input) !== pathOf(earlier.input)) return false;
  return `\n${linesOf(earlier.output)}\n`.includes(`\n${lines}\n`);
}

function linesOf(output: string): string {
  return output.replace(/(?:\n\[(?:lines \d+–\d+ of \d+[^\]\n]*|lines end in CRLF)\]){1,2}$/, "");
}

function pathOf(input: unknown): string | null {
  const path = typeof input === "object" && input !== null && "path" in input ? input.path : null;
  return typeof path === "string" ? path.replace(/^\/workspace\//, "").replace(/^(?:\.\/)+/, "") : null;
}

const maxLineLength = 1_000;
/** Characters, like the two below. A file up to this length is shown whole. */
const maxWholeLength = 16_000;
const maxPreviewLength = 6_000;
/** Of a part that was asked for. */
const maxShownLength = 32_000;
/** To say where a shorter text stands saves nothing. */
const leastWorthNaming = 200;

function refuse(text: string): ToolOutput {
  return { text, isError: true };
}
