import { spawn } from "node:child_process";
import { watchMemory } from "./process-memory.ts";

export interface EndedProcess {
  /** null: killed after its time. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  readonly peakMb: number;
}

/** Runs a program in its own process group to its end and watches its memory. */
export async function runProcess(options: {
  program: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  input?: string;
  timeoutMs: number;
}): Promise<EndedProcess> {
  const startedAt = performance.now();
  const { program, args, cwd, env, timeoutMs } = options;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: "pipe" });
  const pid = child.pid;
  const memory = pid === undefined ? null : watchMemory(pid);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (output.stderr += text));
  child.stdin.on("error", () => {}).end(options.input ?? "");
  const killAll = () => {
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
  };
  const timer = setTimeout(killAll, timeoutMs);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    return { exitCode, ...output, seconds, peakMb: memory?.peakMb() ?? 0 };
  } finally {
    clearTimeout(timer);
    memory?.stop();
    // What outlived the program is not left on the machine.
    killAll();
  }
}
