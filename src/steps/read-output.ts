import { SandboxFileError } from "../errors.ts";
import type { ExecResult, Sandbox } from "../sandbox/sandbox.ts";

/** The text of one command's whole output; of one that is longer than 8 MB, its end. */
export interface Output {
  readonly text: string;
  readonly isWhole: boolean;
}

/** What a command printed, from the file inside the sandbox. null: that file cannot be read any more. */
export async function readOutput(
  sandbox: Sandbox,
  result: Pick<ExecResult, "outputBytes" | "outputPath">,
): Promise<Output | null> {
  try {
    if (result.outputBytes <= maxBytes) {
      const bytes = await sandbox.readFile(result.outputPath, { maxBytes });
      return { text: Buffer.from(bytes).toString("utf8"), isWhole: bytes.length === result.outputBytes };
    }
    const cut = await sandbox.exec('tail -c "$HANDBACK_BYTES" "$HANDBACK_FILE"', {
      env: { HANDBACK_BYTES: String(maxBytes), HANDBACK_FILE: result.outputPath },
    });
    const bytes = await sandbox.readFile(cut.outputPath, { maxBytes });
    return { text: Buffer.from(bytes).toString("utf8"), isWhole: false };
  } catch (error) {
    if (error instanceof SandboxFileError) return null;
    throw error;
  }
}

const maxBytes = 8 << 20;
