import { z } from "zod";
import { SandboxFileError } from "../../errors.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { defineTool } from "../define-tool.ts";
import type { Tool, ToolOutput } from "../tool.ts";
import { maxFileBytes, tellFileProblem, textIn } from "./file-problem.ts";

/** Shows lines of a file with their numbers. */
export function readTool(sandbox: Sandbox): Tool {
  return defineTool({
    name: "read",
    description:
      "Show a text file with line numbers. Give offset and limit for a part of a long file. The numbers and the tab after them are not part of the file.",
    input: z.object({
      path: z.string().min(1).describe("Relative to /workspace, or absolute."),
      offset: z.number().int().min(1).default(1).describe("First line to show, from 1."),
      limit: z.number().int().min(1).max(2_000).default(500).describe("How many lines."),
    }),
    run: ({ path, offset, limit }) =>
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
}

function show({
  path,
  text,
  offset,
  limit,
}: {
  path: string;
  text: string;
  offset: number;
  limit: number;
}): ToolOutput {
  const lines = text.replace(/\r\n/g, "\n").replace(/\n$/, "").split("\n");
  if (offset > lines.length)
    return refuse(`${path} has ${lines.length} lines; line ${offset} is beyond its end.`);
  const shown: string[] = [];
  let length = 0;
  for (const [n, line] of lines.slice(offset - 1, offset - 1 + limit).entries()) {
    const cut =
      line.length > maxLineLength ? `${line.slice(0, maxLineLength)}… [${line.length} characters]` : line;
    length += cut.length + 8;
    if (length > maxShownLength && shown.length > 0) break;
    shown.push(`${String(offset + n).padStart(5)}\t${cut}`);
  }
  const last = offset + shown.length - 1;
  const notes = [
    ...(last < lines.length || offset > 1 ? [`[lines ${offset}–${last} of ${lines.length}]`] : []),
    ...(text.includes("\r\n") ? ["[lines end in CRLF]"] : []),
  ];
  return { text: [...shown, ...notes].join("\n"), isError: false };
}

const maxLineLength = 1_000;
const maxShownLength = 32_000;

function refuse(text: string): ToolOutput {
  return { text, isError: true };
}
