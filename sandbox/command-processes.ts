/** The processes of one command, wherever they have gone: told by a mark in their environment, which children inherit. */
import { readdirSync, readFileSync } from "node:fs";

export const COMMAND_MARK = "HANDBACK_COMMAND";

/** Ids of those which carry the mark. */
export function processesOf(mark: string): number[] {
  const wanted = `${COMMAND_MARK}=${mark}\0`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(wanted))
    .map(Number);
}

/** The group first, then whoever left it: repeated, since a process may fork while it is looked for. */
export function killProcesses(group: number | undefined, mark: string): void {
  if (group !== undefined) kill(-group);
  for (let round = 0; round < 20; round += 1) {
    const left = processesOf(mark);
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
  }
}

function environmentOf(pid: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/environ`, "latin1")}\0`;
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
