import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Docker from "dockerode";

/**
 * One folder for all that this process and its children put into the system's temporary one; its name says whose it is, so that
 * what a killed process has left can be told by it.
 */
export function takeOwnFolder(): string {
  const own = mkdtempSync(path.join(tmpdir(), nameOf(process.pid)));
  process.env["TMPDIR"] = own;
  return own;
}

/** What processes that are dead have left: their folders, and what belongs to those. Returns the folders. */
export async function sweepDead(temporary = tmpdir()): Promise<string[]> {
  const dead = readdirSync(temporary)
    .filter((name) => {
      const [, pid = ""] = /^hbh-([0-9a-z]+)-[0-9a-z]+-\w{6}$/.exec(name) ?? [];
      return pid !== "" && !name.startsWith(nameOf(Number.parseInt(pid, 36)));
    })
    .map((name) => path.join(temporary, name))
    .filter((folder) => statSync(folder).uid === process.getuid?.());
  for (const folder of dead) await clearFolder(folder);
  return dead;
}

/** Ends what works in this folder, this process excepted: processes first, or they would start new containers. */
export async function clearFolder(folder: string): Promise<void> {
  for (const pid of processesOf(folder)) killIfThere(pid);
  const docker = new Docker();
  const all = await docker.listContainers({ all: true, filters: { label: ["handback.installation"] } });
  const own = all.filter(({ Mounts }) => Mounts.some(({ Source }) => Source?.startsWith(`${folder}/`)));
  for (const { Id } of own) {
    await docker
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => undefined);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Whose environment names it; Redis writes over its own, and is told by where it works. A person's shell there is left alone. */
export function processesOf(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const isRedis = read(pid, "comm").startsWith("redis-server");
      return read(pid, "environ").includes(folder) || (isRedis && cwdOf(pid).startsWith(`${folder}/`));
    })
    .map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    // It has ended, or is another user's.
    return "";
  }
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

/**
 * Its number and when it began, since numbers are given again; of one that is gone, no folder's name. Short: sockets stand below,
 * and their paths have an end.
 */
function nameOf(pid: number): string {
  const stat = read(String(pid), "stat");
  // Behind the name, which may hold anything; in ticks since the machine started.
  const began = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return `hbh-${pid.toString(36)}-${Number(began ?? -1).toString(36)}-`;
}
