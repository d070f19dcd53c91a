import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";

export type Snapshot = ReadonlyMap<string, string>;

/** Every file under a folder with its bytes, mode and time, `.git` included; git's objects are left out, for they only say what is there. */
export function snapshot(folder: string): Snapshot {
  const files = new Map<string, string>();
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const file = path.join(directory, entry.name);
      const name = path.relative(folder, file);
      if (name === path.join(".git", "objects")) continue;
      if (entry.isDirectory()) walk(file);
      else files.set(name, describe(file));
    }
  };
  walk(folder);
  return files;
}

/** Names of files which are new, gone or not the same. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).toSorted();
}

function describe(file: string): string {
  const { mode, mtimeMs, size } = lstatSync(file);
  const content = (mode & 0o170000) === 0o120000 ? readlinkSync(file) : readFileSync(file);
  return `${mode.toString(8)} ${mtimeMs} ${size} ${createHash("sha256").update(content).digest("hex")}`;
}
