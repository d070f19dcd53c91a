/** What a changed file is for the question whether a change is tested. */
export type FileKind =
  | "test"
  | "source"
  /** Neither says how the program behaves: documentation, manifests, lock files, settings of tools. */
  | "other";

/** By the conventions of the languages, from the path alone (relative to the root, with `/`). Pure. */
export function kindOfFile(path: string): FileKind {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  if (isTestName(name) || parts.some((folder, depth) => isTestFolder(folder, parts.slice(0, depth)))) {
    return "test";
  }
  return isOther(name, parts) ? "other" : "source";
}

const script = String.raw`\.(?:[cm]?[jt]sx?|vue|svelte)`;

const testNames: readonly RegExp[] = [
  // JavaScript and TypeScript
  new RegExp(String.raw`[._-](?:test|tests|spec|e2e|cy|test-d|bench)${script}$`),
  new RegExp(String.raw`^(?:test|tests|spec)${script}$`),
  /\.snap$/,
  // Python
  /^(?:test_.*|.*_test|tests?|conftest)\.py$/,
  // Go, Rust, C, C++, Dart, Elixir, Erlang, PHP, Ruby, Lua, shell
  /_(?:test|tests|spec)\.(?:go|rs|cc|cpp|cxx|c|dart|exs?|rb|lua|sh|zig|ml|nim|cr|m)$/,
  /_SUITE\.erl$/,
  /^test_.*\.(?:rb|c|cc|cpp|sh|lua|jl|R|r|zig)$/,
  /^(?:tests?|test_helper|spec_helper|rails_helper)\.(?:rs|rb|exs)$/,
  /\.(?:bats|t|phpt)$/,
  // Java, Kotlin, Scala, Groovy, C#, F#, Swift, PHP
  /(?:[a-z0-9]|^)(?:Test|Tests|TestCase|Spec|Specs|IT)\.(?:java|kt|kts|scala|groovy|cs|fs|vb|swift|php|hs)$/,
];

function isTestName(name: string): boolean {
  return testNames.some((pattern) => pattern.test(name));
}

const testFolders = new Set([
  "test",
  "tests",
  "__tests__",
  "__test__",
  "__mocks__",
  "__snapshots__",
  "__fixtures__",
  "e2e",
  "cypress",
  "testdata",
  "test-data",
  "test_data",
  "testing",
  "androidTest",
  "unittests",
  "integration-tests",
]);

function isTestFolder(folder: string, above: readonly string[]): boolean {
  if (testFolders.has(folder)) return true;
  // `src/spec/` may well be a program's own word.
  if (folder === "spec" || folder === "specs" || folder === "t") return above.length === 0;
  // `Shop.Tests/`, `ShopTests/`
  return /(?:\.|[a-z])Tests?$/.test(folder);
}

const otherNames: readonly RegExp[] = [
  /\.(?:md|mdx|markdown|rst|adoc|asciidoc|org|tex|pdf)$/i,
  /^(?:readme|changelog|changes|license|licence|copying|notice|authors|contributing|contributors|security|codeowners|version)(?:\..*)?$/i,
  /\.(?:png|jpe?g|gif|svg|ico|webp|woff2?|ttf|mp4)$/i,
  // Manifests and lock files
  /^(?:package|npm-shrinkwrap|package-lock|composer|deno|bower|lerna|nx|turbo|project)\.(?:json|jsonc)$/,
  /^(?:pyproject|Cargo|Pipfile|poetry|uv|bunfig|rust-toolchain)(?:\.toml|\.lock)?$/,
  /\.(?:lock|lockb|gemspec|csproj|fsproj|vbproj|sln|cabal|podspec)$/,
  /^(?:pnpm-lock|pnpm-workspace|pubspec|stack)\.ya?ml$/,
  /^(?:requirements|constraints|dev-requirements).*\.(?:txt|in)$/,
  /^(?:setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini|go\.mod|go\.sum|go\.work|Gemfile|Rakefile|pom\.xml|mix\.exs)$/,
  /^(?:build|settings)\.(?:gradle|sbt)(?:\.kts)?$/,
  /^(?:Makefile|GNUmakefile|CMakeLists\.txt|Dockerfile.*|Jenkinsfile|Procfile|Vagrantfile|Justfile|justfile)$/,
  /^(?:docker-)?compose.*\.ya?ml$/,
  // Settings of tools
  /^\./,
  /^(?:tsconfig|jsconfig|biome|typedoc|renovate|vercel|netlify).*\.jsonc?$/,
  new RegExp(
    String.raw`^(?:vite|vitest|jest|playwright|cypress|eslint|prettier|babel|rollup|webpack|karma|ava|commitlint|tsup|tailwind|postcss|stylelint|knip)[\w.-]*\.(?:config|setup|workspace)\b.*$`,
  ),
  /^(?:noxfile|setup)\.py$/,
];

const otherFolders = new Set(["docs", "doc", ".github", ".circleci", ".husky", ".vscode", ".idea"]);

/** In `docs/` there may be programs too; those are sources only where their ending says so. */
function isOther(name: string, folders: readonly string[]): boolean {
  if (otherNames.some((pattern) => pattern.test(name))) return true;
  if (folders.some((folder) => folder.startsWith("."))) return true;
  return folders.some((folder) => otherFolders.has(folder)) && /\.(?:txt|html?|css|ya?ml|json)$/.test(name);
}
