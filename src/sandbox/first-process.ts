import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where the folder is mounted, and what is started of it. */
export const FIRST_PROCESS_FOLDER = "/opt/handback";
export const firstProcess: readonly string[] = ["node", `${FIRST_PROCESS_FOLDER}/sandboxd.js`];

const sources = fileURLToPath(new URL("../../sandbox/", import.meta.url));

/**
 * A folder with sandboxd as plain JavaScript, made once for each version of it. It is mounted into every sandbox, so
 * that host and sandbox always speak the same protocol, whatever image it is; and without types to strip it starts in
 * 0.07 s of CPU instead of 0.18 (2-core machine, Node 24).
 */
export async function ensureFirstProcess(stateDirectory: string): Promise<string> {
  const folder = join(stateDirectory, "sandboxd", versionOf(sources));
  if ((await stat(folder).catch(() => null)) !== null) return folder;
  const draft = `${folder}.${randomBytes(4).toString("hex")}`;
  await mkdir(draft, { recursive: true });
  // In a process of its own, since Node warns of this function on stderr.
  const quiet = "--disable-warning=ExperimentalWarning";
  await promisify(execFile)(process.execPath, [quiet, fileURLToPath(import.meta.url), draft]);
  await chmod(draft, 0o755);
  await rename(draft, folder).catch(async () => {
    // Another process was quicker.
    await rm(draft, { recursive: true, force: true });
  });
  return folder;
}

if (import.meta.main) writeAsJavaScript(process.argv[2] ?? "");

function writeAsJavaScript(folder: string): void {
  // The sandbox's user reads it.
  process.umask(0o022);
  mkdirSync(folder, { recursive: true });
  for (const name of sourceNames(sources)) {
    const plain = stripTypeScriptTypes(readFileSync(join(sources, name), "utf8"));
    const linked = plain.replaceAll(/( from "\.\/[^"]+)\.ts";/g, '$1.js";');
    writeFileSync(join(folder, name.replace(/\.ts$/, ".js")), linked, { mode: 0o644 });
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n', { mode: 0o644 });
}

function versionOf(folder: string): string {
  const hash = createHash("sha256")
    .update(process.version)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of sourceNames(folder)) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 16);
}

function sourceNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .toSorted();
}
