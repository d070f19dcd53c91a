/** The parts of a repository from which its checks are known: contents of the files in `filesToRead`, and all paths. */
export interface RepositoryFacts {
  /** By path; only files that exist. */
  readonly contents: Readonly<Record<string, string>>;
  /** Every path of the tree, relative to its root. */
  readonly paths: readonly string[];
}

export interface DetectedChecks {
  /** Run once in a new sandbox, before anything else. */
  readonly setup: readonly string[];
  /** Must exit 0. Empty: nothing was found. */
  readonly verify: readonly string[];
}

/** What to give in `RepositoryFacts.contents`. */
export const filesToRead = [
  "package.json",
  "pyproject.toml",
  "requirements.txt",
  "requirements-dev.txt",
  "Makefile",
];

/** The commands by which a repository is set up and checked, from the files in its root. Pure. */
export function detectChecks(facts: RepositoryFacts): DetectedChecks {
  const found = [nodeChecks(facts), pythonChecks(facts), goChecks(facts), rustChecks(facts)];
  const all = {
    setup: found.flatMap((checks) => checks.setup),
    verify: found.flatMap((checks) => checks.verify),
  };
  // A Makefile often calls what was found above; it counts where nothing else does.
  return all.verify.length > 0 ? all : { setup: all.setup, verify: makeChecks(facts) };
}

const nothing: DetectedChecks = { setup: [], verify: [] };

function nodeChecks({ contents, paths }: RepositoryFacts): DetectedChecks {
  const manifest = parseManifest(contents["package.json"]);
  if (!manifest) return nothing;
  const manager = packageManager(manifest, paths);
  const isReal = (name: string) => {
    const script = manifest.scripts[name];
    return script !== undefined && script.trim() !== "" && !/no test specified/i.test(script);
  };
  // `check` is often all of the others; then one of them is enough.
  const names = isReal("check") ? ["check", "test"] : ["lint", "typecheck", "test"];
  return {
    setup: manifest.hasDependencies ? [install(manager, paths)] : [],
    verify: names
      .filter(isReal)
      .map((name) => (name === "test" ? `${manager} test` : `${manager} run ${name}`)),
  };
}

type PackageManager = "npm" | "pnpm" | "yarn";

function packageManager(manifest: Manifest, paths: readonly string[]): PackageManager {
  const named = /^(npm|pnpm|yarn)@/.exec(manifest.packageManager)?.[1] as PackageManager | undefined;
  if (named) return named;
  if (paths.includes("pnpm-lock.yaml")) return "pnpm";
  return paths.includes("yarn.lock") && !paths.includes("package-lock.json") ? "yarn" : "npm";
}

function install(manager: PackageManager, paths: readonly string[]): string {
  const has = (path: string) => paths.includes(path);
  switch (manager) {
    case "npm":
      return has("package-lock.json") || has("npm-shrinkwrap.json")
        ? "npm ci"
        : "npm install --no-package-lock";
    case "pnpm":
      return has("pnpm-lock.yaml") ? "pnpm install --frozen-lockfile" : "pnpm install --no-lockfile";
    case "yarn":
      return has("yarn.lock") ? "yarn install --frozen-lockfile" : "yarn install --no-lockfile";
    default:
      return manager satisfies never;
  }
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly packageManager: string;
  readonly hasDependencies: boolean;
}

/** null when there is none, or none that can be read: then npm could not either. */
function parseManifest(text: string | undefined): Manifest | null {
  const json = text === undefined ? null : parseJson(text);
  if (!isRecord(json)) return null;
  const scripts = Object.entries(isRecord(json.scripts) ? json.scripts : {});
  return {
    scripts: Object.fromEntries(
      scripts.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    packageManager: typeof json.packageManager === "string" ? json.packageManager : "",
    hasDependencies: ["dependencies", "devDependencies", "optionalDependencies", "workspaces"].some(
      (field) => {
        const value = json[field];
        return Array.isArray(value) ? value.length > 0 : isRecord(value) && Object.keys(value).length > 0;
      },
    ),
  };
}

function pythonChecks({ contents, paths }: RepositoryFacts): DetectedChecks {
  const project = contents["pyproject.toml"] ?? "";
  const hasTests =
    paths.some((path) => path === "pytest.ini" || /(^|\/)conftest\.py$/.test(path)) ||
    /^\[tool\.pytest/m.test(project) ||
    paths.some((path) => /(^|\/)(test_[^/]+|[^/]+_test)\.py$/.test(path));
  if (!hasTests) return nothing;
  const setup = ["requirements.txt", "requirements-dev.txt"]
    .filter((file) => /^\s*[^#\s]/m.test(contents[file] ?? ""))
    .map((file) => `${pipInstall} -r ${file}`);
  if (needsInstall(project, paths)) setup.push(`${pipInstall} -e .`);
  return { setup, verify: ["python3 -m pytest"] };
}

/** For the user: the sandbox's system folders are read-only, and Debian's Python wants to be told that this is meant. */
const pipInstall = "python3 -m pip install --user --break-system-packages";

/** It has dependencies of its own, or its package cannot be imported from where it lies. */
function needsInstall(project: string, paths: readonly string[]): boolean {
  const table = /^\[project\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(project)?.[1] ?? "";
  const hasDependencies = /^dependencies\s*=\s*\[\s*["'#]/m.test(table);
  const isInSrc =
    paths.some((path) => /^src\/[^/]+\/__init__\.py$/.test(path)) && !/^pythonpath\s*=/m.test(project);
  return /^\[build-system\]/m.test(project) && (hasDependencies || isInSrc);
}

function goChecks({ paths }: RepositoryFacts): DetectedChecks {
  return paths.includes("go.mod") ? { setup: [], verify: ["go test ./..."] } : nothing;
}

function rustChecks({ paths }: RepositoryFacts): DetectedChecks {
  return paths.includes("Cargo.toml") ? { setup: [], verify: ["cargo test"] } : nothing;
}

function makeChecks({ contents }: RepositoryFacts): string[] {
  return ["test", "check"]
    .filter((target) => new RegExp(`^${target}\\s*:(?!=)`, "m").test(contents.Makefile ?? ""))
    .slice(0, 1)
    .map((target) => `make ${target}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
