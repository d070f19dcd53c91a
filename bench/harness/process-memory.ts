import { readdir, readFile } from "node:fs/promises";

/** Watches how much memory a process and all that it started hold together. */
export interface MemoryWatch {
  /** The most that was seen so far, in MB of resident memory; pages that two of them share count twice. */
  peakMb(): number;
  stop(): void;
}

export function watchMemory(pid: number, everyMs = 200): MemoryWatch {
  let peak = 0;
  let busy = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    peak = Math.max(peak, await treeMemoryMb(pid));
    busy = false;
  };
  const timer = setInterval(() => void look(), everyMs);
  void look();
  return { peakMb: () => peak, stop: () => clearInterval(timer) };
}

async function treeMemoryMb(root: number): Promise<number> {
  const seen = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const processes = (await Promise.all(seen.map(readProcess))).filter((each) => each !== null);
  const members = new Set([root]);
  // A parent may stand after its child in the list: go round until nothing is added.
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const { pid, parent } of processes) if (members.has(parent)) members.add(pid);
  }
  const pages = processes.filter(({ pid }) => members.has(pid)).reduce((sum, each) => sum + each.pages, 0);
  return (pages * 4_096) / 1e6;
}

async function readProcess(pid: string): Promise<{ pid: number; parent: number; pages: number } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The name stands in parentheses and may hold blanks.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!fields) return null;
  return { pid: Number(pid), parent: Number(fields[1]), pages: Number(fields[21]) };
}
