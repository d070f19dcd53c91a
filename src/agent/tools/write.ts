import { z } from "zod";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { defineTool } from "../define-tool.ts";
import type { Tool } from "../tool.ts";
import { tellFileProblem } from "./file-problem.ts";

/** Writes a whole file. */
export function writeTool(sandbox: Sandbox): Tool {
  return defineTool({
    name: "write",
    description: "Write a whole file, new or old; folders are made.",
    input: z.object({
      path: z.string().min(1),
      content: z.string(),
    }),
    run: ({ path, content }) =>
      tellFileProblem(async () => {
        await sandbox.writeFile(path, content);
        const lines = content === "" ? 0 : content.replace(/\n$/, "").split("\n").length;
        return { text: `Wrote ${path}: ${lines} lines.`, isError: false };
      }),
  });
}
