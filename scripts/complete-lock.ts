import { readFileSync, writeFileSync } from "node:fs";

/** The entry of one package in package-lock.json, as far as it is looked at here. */
interface LockEntry {
  version?: string;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
  [other: string]: unknown;
}
interface Lock {
  packages: Record<string, LockEntry>;
}

/**
 * Adds the builds for other platforms that npm left out of the lock because the registry it was made from lacks them, and
 * returns their paths. `npm ci` refuses a lock without them, and on such a platform it needs them. An entry made here has
 * no integrity: npm takes it from whatever registry serves the package there.
 */
export function completeLock(lock: Lock): string[] {
  const added: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name);
      if (platform === null || !/^\d/.test(version) || isThere(lock, path, name)) continue;
      const place = `node_modules/${name}`;
      lock.packages[place] = {
        version,
        ...platform,
        ...(entry["dev"] === true ? { dev: true } : {}),
        optional: true,
      };
      added.push(place);
    }
  }
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
  );
  return added;
}

function isThere(lock: Lock, dependent: string, name: string): boolean {
  return `${dependent}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages;
}

const systems = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "openharmony",
  "win32",
  "aix",
  "sunos",
  "openbsd",
  "netbsd",
];
const processors = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64"];

/** `@oxlint/binding-linux-x64-musl` -> linux, x64, musl. Null when a name tells no platform. */
function platformOf(name: string): { cpu: string[]; libc?: string[]; os: string[] } | null {
  const words = name.split(/[-/]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return null;
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return {
    cpu: [cpu],
    ...(os === "linux" && words.some((w) => /^(musl|gnu)/.test(w)) ? { libc: [libc] } : {}),
    os: [os],
  };
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  const added = completeLock(lock);
  writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${added.length} entries added\n`);
}
