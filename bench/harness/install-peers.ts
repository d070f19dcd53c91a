import { execFile } from "node:child_process";
import { access, chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Peer } from "./peers.ts";

export type InstalledPeer =
  | { readonly peer: Peer; readonly program: string }
  | { readonly peer: Peer; readonly notMeasured: string };

/**
 * Brings the peers from npm into a temporary folder and leaves them there for the next time, a folder for each version.
 * `fresh`: as if they were not there. What cannot be installed is returned with its reason.
 */
export async function installPeers(
  peers: readonly Peer[],
  options: { fresh: boolean; say: (line: string) => void; root?: string },
): Promise<InstalledPeer[]> {
  const root = options.root ?? (await ownFolder());
  const done = new Set<string>();
  const installed: InstalledPeer[] = [];
  for (const peer of peers) {
    const folder = join(root, `${peer.package.replace("/", "+")}@${peer.version}`);
    const program = peer.program(folder);
    try {
      const isWanted = options.fresh && !done.has(folder);
      if (isWanted || !(await isThere(program))) {
        options.say(`Installing ${peer.package}@${peer.version} …`);
        await install(peer, folder);
        done.add(folder);
      }
      await access(program);
      installed.push({ peer, program });
    } catch (error) {
      installed.push({ peer, notMeasured: reasonOf(error, program) });
    }
  }
  return installed;
}

/** Only for this user: what lies in it is run. */
async function ownFolder(): Promise<string> {
  const folder = join(tmpdir(), `handback-bench-peers-${process.getuid?.() ?? "own"}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await stat(folder);
  if (process.getuid && uid !== process.getuid()) {
    throw new Error(`${folder} belongs to another user. Remove it, or set TMPDIR.`);
  }
  await chmod(folder, 0o700);
  return folder;
}

/** Under another name first: an installation that was broken off is not taken for a whole one. */
async function install(peer: Peer, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  const wanted = `${peer.package}@${peer.version}`;
  const args = ["install", "--prefix", unfinished, "--no-audit", "--no-fund", "--ignore-scripts", wanted];
  try {
    await promisify(execFile)("npm", args, { timeout: 300_000, maxBuffer: 1e8 });
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function reasonOf(error: unknown, program: string): string {
  const {
    stderr = "",
    code,
    message = String(error),
  } = error as { stderr?: string; code?: string; message?: string };
  if (code === "ENOENT" && message.includes(program)) {
    return `its package has no program for ${process.platform} ${process.arch}`;
  }
  // Before its sentence npm prints fields of the error, a word each.
  const said = stderr
    .split("\n")
    .find((line) => /^npm error \S+ \S+ \S/.test(line) && !/^npm error (?:code|errno) /.test(line));
  return (said ?? message.split("\n")[0] ?? "").replace("npm error ", "");
}
