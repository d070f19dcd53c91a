import { execFile } from "node:child_process";
import { arch, cpus, release, totalmem } from "node:os";
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
