import type { Finding } from "../run/results.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** The findings, without the suggestions that do not apply cleanly: to lines that are there, changing them, to a file that can still be read. */
export async function cleanSuggestions(
  findings: readonly Finding[],
  options: { head: (path: string) => Promise<string | null>; sandbox: Sandbox; signal: AbortSignal },
): Promise<Finding[]> {
  const kept: Finding[] = [];
  for (const finding of findings) {
    kept.push((await isClean(finding, options)) ? finding : { ...finding, suggestion: null });
  }
  return kept;
}

async function isClean(
  finding: Finding,
  options: { head: (path: string) => Promise<string | null>; sandbox: Sandbox; signal: AbortSignal },
): Promise<boolean> {
  if (finding.suggestion === null) return true;
  const before = await options.head(finding.path);
  const after = before === null ? null : applied(before, finding);
  if (before === null || after === null) return false;
  const { path } = finding;
  if (path.endsWith(".json")) return !isJson(before) || isJson(after);
  const check = syntaxChecks.find(({ files }) => files.test(path));
  return (
    check === undefined || (await stillParses({ ...options, path, before, after, check: check.command }))
  );
}

/** The file with the suggestion in it; null when it does not fit or changes nothing. */
export function applied(
  content: string,
  finding: Pick<Finding, "line" | "startLine" | "suggestion">,
): string | null {
  const { line, startLine = line, suggestion } = finding;
  if (line === null || startLine === null || suggestion === null) return null;
  const lines = content.split("\n");
  // A last line end is no line of its own.
  const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  if (startLine < 1 || startLine > line || line > count) return null;
  const ending = lines[line - 1]?.endsWith("\r") ? "\r" : "";
  const replacement = suggestion.replace(/\r?\n$/, "").split(/\r?\n/);
  const after = lines.toSpliced(
    startLine - 1,
    line - startLine + 1,
    ...replacement.map((text) => text + ending),
  );
  const result = after.join("\n");
  return result === content ? null : result;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Only what parsed before and does not any more is broken: a file in a dialect that the check does not know says nothing. */
async function stillParses(options: {
  sandbox: Sandbox;
  path: string;
  before: string;
  after: string;
  check: string;
  signal: AbortSignal;
}): Promise<boolean> {
  const { sandbox, path, before, after, check, signal } = options;
  const name = /[^/]+$/.exec(path)?.[0] ?? "file";
  for (const [folder, content] of [
    ["before", before],
    ["after", after],
  ] as const) {
    await sandbox.writeFile(`${scratch}/${folder}/${name}`, content);
  }
  const command = `cd ${scratch}; (cd before && ${check}) || exit 0; cd after && ${check}`;
  const checked = await sandbox.exec(command, { env: { FILE: `./${name}` }, timeoutMs: 20_000, signal });
  signal.throwIfAborted();
  return checked.exitCode === 0 || checked.exitCode === null;
}

/** Under the repository's package.json, which says what kind of module a file is, and out of git's sight. */
const scratch = ".git/handback-suggestion";

const stripTypes = `require("module").stripTypeScriptTypes(require("fs").readFileSync(process.env.FILE, "utf8"))`;

/** Quick ones that run nothing of the file. */
const syntaxChecks = [
  { files: /\.[cm]?js$/, command: 'node --check "$FILE"' },
  { files: /\.[cm]?ts$/, command: `node --no-warnings -e '${stripTypes}'` },
  {
    files: /\.py$/,
    command: `python3 -c 'import ast, os; ast.parse(open(os.environ["FILE"], "rb").read())'`,
  },
];
