import { readFileSync } from "node:fs";

/** cgroup v2, then v1; both carry a line `oom_kill N`. */
const FILES = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];

/** How many processes of this container the kernel has killed for want of memory; 0 where it cannot be read. */
export function countMemoryKills(): number {
  for (const file of FILES) {
    try {
      const found = /^oom_kill (\d+)$/m.exec(readFileSync(file, "utf8"));
      if (found !== null) return Number(found[1]);
    } catch {
      // The other version of cgroups.
    }
  }
  return 0;
}
