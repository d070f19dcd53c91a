import { SandboxFileError } from "../../errors.ts";
import type { ToolOutput } from "../tool.ts";

/** Runs a file tool; what is wrong with a path is told to the model, everything else is thrown. */
export async function tellFileProblem(body: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof SandboxFileError)) throw error;
    return { text: [error.message, error.mend].filter(Boolean).join(" "), isError: true };
  }
}

/** The text of a file; null when it holds something else. */
export function textIn(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8_000).includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Beyond this a file is for `bash`, not for a model's window. */
export const maxFileBytes = 4 * 1024 * 1024;
