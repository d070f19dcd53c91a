import { readFileSync } from "node:fs";

type Packages = Record<string, { version?: string; optional?: boolean; link?: boolean }>;

/** True when node_modules holds every package that package-lock.json names, in that version (npm keeps the list itself). */
export function modulesMatchLock(root: string): boolean {
  try {
    const wanted = readPackages(`${root}/package-lock.json`);
    const installed = readPackages(`${root}/node_modules/.package-lock.json`);
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || installed[path]?.version === version || (optional === true && !installed[path]),
    );
  } catch {
    // No list, or an unreadable one: nothing is known to be installed.
    return false;
  }
}

function readPackages(file: string): Packages {
  return (JSON.parse(readFileSync(file, "utf8")) as { packages: Packages }).packages;
}

if (import.meta.main) process.exitCode = modulesMatchLock(process.cwd()) ? 0 : 1;
