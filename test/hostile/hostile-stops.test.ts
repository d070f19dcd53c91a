import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { expect, onTestFinished, test } from "vitest";
import { clearFolder, processesOf, sweepDead } from "./evil/own-folder.ts";

/** `npm run hostile` with these arguments and a temporary folder of its own. */
function startHostile(...args: string[]): { child: ChildProcess; folder: string; lines: () => string } {
  const folder = mkdtempSync(path.join(tmpdir(), "hs-"));
  const program = path.join(import.meta.dirname, "hostile.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += String(bytes)));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    for (const name of readdirSync(folder)) await clearFolder(path.join(folder, name));
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, folder, lines: () => said };
}

async function containersOf(folder: string): Promise<string[]> {
  const all = await new Docker().listContainers({ all: true });
  return all
    .filter(({ Mounts }) => Mounts.some(({ Source }) => Source?.startsWith(folder)))
    .map(({ Id }) => Id);
}

/** While it has this many containers; fails when it ends before. */
async function atWork(child: ChildProcess, folder: string, containers: number): Promise<void> {
  while ((await containersOf(folder)).length < containers) {
    expect(child.exitCode).toBe(null);
    await sleep(100);
  }
}

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)(
  "%s: it lets go of all that it made, and ends with %d",
  { timeout: 120_000 },
  async (name, code) => {
    const { child, folder, lines } = startHostile("--attacks", "200", "--canary-runs", "0", "--seed", "7");
    await atWork(child, folder, 2);
    child.kill(name);
    expect(await once(child, "exit"), lines()).toEqual([code, null]);
    expect(lines()).toContain(`stopped by ${name}; the others were not played`);
    expect(await containersOf(folder)).toEqual([]);
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test(
  "what a kill -9 leaves is swept by the next start, and what lives is not",
  { timeout: 180_000 },
  async () => {
    const { child, folder } = startHostile("--attacks", "1", "--canary-runs", "1", "--seed", "7");
    await atWork(child, folder, 1);
    const living = path.join(folder, readdirSync(folder)[0]!);
    expect(await sweepDead(folder)).toEqual([]);
    expect(existsSync(living)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    // Handback, its Redis and what it has started live on.
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(2);
    expect(await sweepDead(folder)).toEqual([living]);
    expect(await containersOf(folder)).toEqual([]);
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  },
);
