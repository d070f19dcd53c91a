import { z } from "zod";

/**
 * Names and versions of the packages that a manifest or lock file asks for; null: the file is of no kind that is known. What
 * cannot be read names none: the file itself stands in the diff.
 */
export function dependenciesIn(fileName: string, text: string): ReadonlyMap<string, string> | null {
  const kind = kinds.find(({ name }) => name.test(fileName));
  if (kind === undefined) return null;
  const found = new Map<string, string>();
  for (const [name, version] of kind.read(text)) {
    // A lock file may have one package in several versions.
    const other = found.get(name);
    const all = other === undefined || other === version ? version : `${other}, ${version}`;
    found.set(name.slice(0, 214), all.slice(0, 200));
  }
  return found;
}

type Entry = readonly [name: string, version: string];

const kinds: readonly { name: RegExp; read: (text: string) => Iterable<Entry> }[] = [
  { name: /^package\.json$/, read: packageJson },
  { name: /^(?:package-lock|npm-shrinkwrap)\.json$/, read: packageLock },
  {
    name: /^pnpm-lock\.yaml$/,
    read: (text) => lines(text, /^ {2}'?\/?((?:@[^@/\s]+\/)?[^@/\s']+)@([^:'(\s]+)[^\n]*:\s*(?:\{\})?$/),
  },
  { name: /^yarn\.lock$/, read: yarnLock },
  { name: /^requirements.*\.(?:txt|in)$/, read: (text) => lines(text, requirement) },
  { name: /^pyproject\.toml$/, read: pyproject },
  { name: /^Cargo\.toml$/, read: (text) => toml(text, /(?:^|[.-])dependencies$/) },
  {
    name: /^go\.mod$/,
    read: (text) => lines(text, /^\s*(?:require\s+)?([a-z0-9][\w.-]*\.[a-z]+(?:\/[\w.~-]+)*)\s+(v[\w.+-]+)/),
  },
  {
    name: /^Gemfile$/,
    read: (text) => lines(text, /^\s*gem\s*\(?\s*["']([^"']+)["'](?:\s*,\s*["']([^"']+)["'])?/),
  },
];

const requirement =
  /^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*((?:[=<>!~]=?=?|@)\s*[^;#\s][^;#]*)?(?:[;#].*)?$/;

const versions = z.record(z.string(), z.string()).catch({});
const manifest = z.object({
  dependencies: versions.optional(),
  devDependencies: versions.optional(),
  optionalDependencies: versions.optional(),
  peerDependencies: versions.optional(),
});

function packageJson(text: string): Entry[] {
  const { success, data } = manifest.safeParse(json(text));
  return success ? Object.values(data).flatMap((part) => Object.entries(part ?? {})) : [];
}

const locked = z.record(z.string(), z.object({ version: z.string().catch("") }).catch({ version: "" }));
const lock = z.object({ packages: locked.optional(), dependencies: locked.optional() });

function packageLock(text: string): Entry[] {
  const { success, data } = lock.safeParse(json(text));
  if (!success) return [];
  return Object.entries(data.packages ?? data.dependencies ?? {}).flatMap(([place, { version }]): Entry[] => {
    const name = place.split("node_modules/").at(-1) ?? "";
    return name === "" || version === "" ? [] : [[name, version]];
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** No manifest has longer ones, and patterns are slow on them. */
function shortLines(text: string): string[] {
  return text.split("\n").filter((line) => line.length <= 1_000);
}

function* lines(text: string, pattern: RegExp): Iterable<Entry> {
  for (const line of shortLines(text)) {
    const [, name, version = ""] = pattern.exec(line.trimEnd()) ?? [];
    if (name !== undefined) yield [name, version.trim()];
  }
}

function* yarnLock(text: string): Iterable<Entry> {
  let name: string | null = null;
  for (const line of shortLines(text)) {
    const head = /^"?((?:@[^@/\s]+\/)?[^@/\s"]+)@[^\n]*:$/.exec(line);
    if (head !== null) name = head[1] ?? null;
    const version = /^ {2}version:? "?([^"\s]+)"?$/.exec(line)?.[1];
    if (name === null || version === undefined) continue;
    yield [name, version];
    name = null;
  }
}

/** `name = "1"`, `name = { version = "1" }` and `[dependencies.name]` in the tables that match. */
function* toml(text: string, tables: RegExp): Iterable<Entry> {
  let isInside = false;
  for (const line of shortLines(text)) {
    const table = /^\s*\[{1,2}([^[\]]+)\]/.exec(line)?.[1]?.trim();
    if (table !== undefined) {
      isInside = tables.test(table);
      const [, parent = "", name] = /^(.*)\.([^.]+)$/.exec(table) ?? [];
      if (!isInside && name !== undefined && tables.test(parent)) yield [unquoted(name), ""];
      continue;
    }
    const entry = isInside ? /^\s*("[^"]+"|[\w.-]+)\s*=\s*(.+)$/.exec(line) : null;
    if (entry === null) continue;
    const [, name = "", value = ""] = entry;
    const version = /^"([^"]*)"/.exec(value)?.[1] ?? /\bversion\s*=\s*"([^"]*)"/.exec(value)?.[1] ?? value;
    yield [unquoted(name), version.trim()];
  }
}

/** Poetry's tables, and the arrays of strings that the standard has. */
function* pyproject(text: string): Iterable<Entry> {
  yield* toml(text, /^tool\.poetry\.(?:.*\.)?(?:dev-)?dependencies$/);
  let table = "";
  let isInside = false;
  for (const line of shortLines(text)) {
    table = /^\[([\w.-]+)\]\s*$/.exec(line)?.[1] ?? table;
    const key = /^([\w-]+)\s*=\s*\[/.exec(line)?.[1];
    if (key !== undefined) isInside = requirementArrays.test(`${table}.${key}`);
    if (!isInside) continue;
    const strings = [...line.matchAll(/"([^"]*)"|'([^']*)'/g)];
    for (const [, double, single] of strings) {
      const [, name, version = ""] = requirement.exec(double ?? single ?? "") ?? [];
      if (name !== undefined) yield [name, version.trim()];
    }
    isInside = !line.replaceAll(/"[^"]*"|'[^']*'/g, "").includes("]");
  }
}

const requirementArrays =
  /^(?:project\.dependencies|build-system\.requires|project\.optional-dependencies\..*|dependency-groups\..*)$/;

function unquoted(name: string): string {
  return name.replaceAll(/^["']|["']$/g, "");
}
