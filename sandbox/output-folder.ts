import { lstatSync, mkdirSync, rmSync } from "node:fs";

/** Makes a folder under /tmp, also where a command has put something else in its place: the next one must be able to run. */
export function ensureOutputFolder(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) rmSync(path, { force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
