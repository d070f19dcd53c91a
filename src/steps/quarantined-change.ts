import { SandboxError } from "../errors.ts";
import type { Admitted, AdmitOptions } from "../git/quarantine.ts";
import type { Settings } from "../settings/settings.ts";
import type { Task } from "./task.ts";
import type { Workbench } from "./workbench.ts";

/** A bundle has to fit an artifact; a file beyond 50 MB does not belong in a pull request (GitHub warns there, refuses at 100). */
export const quarantineLimits = { maxBytes: 64 << 20, maxFileBytes: 50 << 20, maxFiles: 3_000 };

/** What a repository's people have settled of the gate; the same for each passage. */
export function gateRules(
  settings: Settings,
): Pick<AdmitOptions, "limits" | "deny" | "permit" | "allowSecrets" | "binaries"> {
  const { denyPaths, allowPaths, secrets, binaries } = settings;
  return {
    limits: quarantineLimits,
    deny: denyPaths,
    ...(allowPaths === undefined ? {} : { permit: allowPaths }),
    ...(secrets === undefined ? {} : { allowSecrets: secrets.allow }),
    ...(binaries === undefined ? {} : { binaries }),
  };
}

/** A change that came out of a sandbox, through the gate. Throws GitError `quarantine.<rule>`. The caller disposes of it. */
export function admitChange(
  bench: Workbench,
  options: { task: Task; bundle: Uint8Array; from: string; signal: AbortSignal },
): Promise<Admitted> {
  const { task, bundle, from, signal } = options;
  return bench.git.admitBundle({
    bundle,
    mirror: bench.mirror,
    base: from,
    baseBranch: task.baseRef,
    directory: bench.quarantine,
    owner: bench.owner,
    ...gateRules(task.settings),
    signal,
  });
}

/**
 * The quarantined repository with a change's commits, made again from the artifact, on whichever machine this is, by the
 * same rules once more: a token that was minted meanwhile is a secret too. The caller disposes of it.
 */
export async function reopenChange(
  bench: Workbench,
  options: { task: Task; artifact: string; from: string; signal: AbortSignal },
): Promise<Admitted> {
  const bundle = await bench.artifacts.get(options.artifact);
  if (bundle === null) {
    throw new SandboxError("change.lost", "The coder's commits are no longer in the database.", {
      mend: "Start the run again: write `/agent` on the issue.",
      fields: { artifact: options.artifact },
    });
  }
  return admitChange(bench, { ...options, bundle });
}
