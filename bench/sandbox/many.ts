import Docker from "dockerode";
import { ratioOf, rounded, type Figure } from "../figure.ts";
import { median } from "../median.ts";
import type { LongHistory } from "./long-history.ts";
import type { Place } from "./place.ts";

/** So many sandboxes at once, each with a command at work in it. */
export async function benchMany(place: Place, history: LongHistory, asked: number): Promise<Figure[]> {
  const { young: mirror, commit } = history;
  const before = process.memoryUsage().rss / 1e6;
  const startedAt = performance.now();
  const settled = await Promise.allSettled(
    Array.from({ length: asked }, () =>
      place.sandboxes.start(place.spec({ mirror, commit }, { memoryMb: 256, diskMb: 160, cpus: 1 })),
    ),
  );
  const sandboxes = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const seconds = (performance.now() - startedAt) / 1000;
  try {
    const answers = await Promise.all(sandboxes.map((one) => one.exec("sleep 1; git rev-parse HEAD")));
    const done = answers.filter(({ preview }) => preview.trim() === commit).length;
    const worker = (process.memoryUsage().rss / 1e6 - before) / asked;
    const processMb = median(await Promise.all(sandboxes.map((one) => residentMb(one.id))));
    return [
      {
        name: "sandboxes at once",
        value: done,
        unit: "sandboxes",
        against: `${asked} asked for, started in ${seconds.toFixed(1)} s`,
        ratio: rounded(ratioOf(done, asked), 2),
        target: `${asked} at work`,
        holds: done === asked,
      },
      {
        name: "worker, for each sandbox",
        value: rounded(worker, 2),
        unit: "MB",
        against: "",
        ratio: null,
        target: "≤ 5 MB",
        holds: worker <= 5,
      },
      {
        name: "a sandbox's processes while idle",
        value: rounded(processMb, 0),
        unit: "MB",
        against: "without the workspace, which is in memory",
        ratio: null,
        target: "told, not judged",
        holds: true,
      },
    ];
  } finally {
    await Promise.all(sandboxes.map((one) => one[Symbol.asyncDispose]()));
  }
}

/** What the kernel counts for its processes: neither files in memory nor the page cache. */
async function residentMb(sandbox: string): Promise<number> {
  const docker = new Docker();
  const [container] = await docker.listContainers({ filters: { label: [`handback.id=${sandbox}`] } });
  if (container === undefined) return Number.NaN;
  const told = (await docker.getContainer(container.Id).stats({ stream: false })) as {
    memory_stats?: { stats?: { rss?: number; anon?: number } };
  };
  const { rss, anon } = told.memory_stats?.stats ?? {};
  return (anon ?? rss ?? Number.NaN) / 1e6;
}
