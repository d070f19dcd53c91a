import { execFile } from "node:child_process";
import { arch, cpus, loadavg, release, totalmem } from "node:os";
import { promisify } from "node:util";

/** What the figures were measured on, in one line. */
export async function describeMachine(): Promise<string> {
  const docker = await promisify(execFile)("docker", ["version", "--format", "{{.Server.Version}}"]).then(
    ({ stdout }) => `Docker ${stdout.trim()}`,
    () => "no Docker",
  );
  const [first] = cpus();
  const memory = `${(totalmem() / 1e9).toFixed(0)} GB`;
  const processor = `${cpus().length} cores (${first?.model.trim() ?? "unknown"}, ${arch()})`;
  return [processor, memory, `Linux ${release()}`, `Node ${process.version}`, docker].join(", ");
}

/** How busy the machine was in the last quarter of an hour, and what that means for the figures. */
export function describeLoad(): string {
  const load = loadavg()[2] ?? 0;
  const isBusy = load > cpus().length;
  return `The load average of the last 15 minutes was ${load.toFixed(1)} on ${cpus().length} cores${isBusy ? ": other work went on beside the bench, so believe no time here, and of the times' ratios little; tokens, bytes and requests do not depend on it" : ""}.`;
}
