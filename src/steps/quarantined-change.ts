import { SandboxError } from "../errors.ts";
import type { Admitted } from "../git/quarantine.ts";
import type { Workbench } from "./workbench.ts";

/** A bundle has to fit an artifact; a file beyond 50 MB does not belong in a pull request (GitHub warns there, refuses at 100). */
export const quarantineLimits = { maxBytes: 64 << 20, maxFileBytes: 50 << 20, maxFiles: 3_000 };

/**
 * The quarantined repository with a change's commits, made again from the artifact, on whichever machine this is. The caller
 * disposes of it.
 */
export async function reopenChange(
  bench: Workbench,
  options: { artifact: string; from: string; signal: AbortSignal },
): Promise<Admitted> {
  const bundle = await bench.artifacts.get(options.artifact);
  if (bundle === null) {
    throw new SandboxError("change.lost", "The coder's commits are no longer in the database.", {
      mend: "Start the run again: write `/agent` on the issue.",
      fields: { artifact: options.artifact },
    });
  }
  return bench.git.admitBundle({
    bundle,
    mirror: bench.mirror,
    base: options.from,
    directory: bench.quarantine,
    limits: quarantineLimits,
    // The first passage has checked the paths already, by the settings of that time.
    deny: [],
    signal: options.signal,
  });
}
