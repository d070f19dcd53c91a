import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

type Life = { readonly id: string; readonly epoch: number };

/** Where one life of a run has its quarantined repositories; may be deleted at any time. */
export function quarantineFolder(dataDirectory: string, run: Life): string {
  return join(dataDirectory, "quarantine", `${run.id}-${run.epoch}`);
}

/** Removes what this life and the earlier ones, which may have been killed, have left. A later life's is its own. */
export async function clearQuarantine(dataDirectory: string, run: Life): Promise<void> {
  const parent = join(dataDirectory, "quarantine");
  const names = await readdir(parent).catch((): string[] => []);
  for (const name of names) {
    const [id, epoch] = name.split("-");
    if (id !== run.id || Number(epoch) > run.epoch) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}
