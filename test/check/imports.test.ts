import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = path.join(import.meta.dirname, "../..");

/** A whole little house, right but for the files whose names begin with `planted`: one fault in each. */
const house: Record<string, string> = {
  "src/errors.ts": `export class Oops extends Error {}`,
  "src/store/store.ts": `export interface Store { kind: "store" }`,
  "src/store/sql-store.ts": `import type { Store } from "./store.ts";\nexport const sqlStore: Store = { kind: "store" };`,
  "src/sandbox/sandbox.ts": `export interface Sandbox { kind: "sandbox" }`,
  "src/sandbox/docker-sandbox.ts": `import { frame } from "../../sandbox/protocol.ts";\nimport type { Sandbox } from "./sandbox.ts";\nexport const dockerSandbox: Sandbox & { frame: string } = { kind: "sandbox", frame };`,
  "src/github/github.ts": `export interface GitHub { kind: "github" }`,
  "src/github/octokit-github.ts": `import { Oops } from "../errors.ts";\nimport type { GitHub } from "./github.ts";\nexport const fail = (github: GitHub): never => { throw new Oops(github.kind); };`,
  "src/steps/verify.ts": `import type { Sandbox } from "../sandbox/sandbox.ts";\nexport const verify = (sandbox: Sandbox): string => sandbox.kind;`,
  "src/pipeline.ts": `import { verify } from "./steps/verify.ts";\nexport const runPipeline = verify;`,
  "src/config.ts": `export const level = (): string | undefined => process.env["LEVEL"];`,
  "src/main.ts": `import { runPipeline } from "./pipeline.ts";\nimport { dockerSandbox } from "./sandbox/docker-sandbox.ts";\nimport { sqlStore } from "./store/sql-store.ts";\nexport const all = [runPipeline, dockerSandbox, sqlStore];`,
  "sandbox/protocol.ts": `export const frame = "frame";`,
  "scripts/tool.ts": `import { sqlStore } from "../src/store/sql-store.ts";\nexport const level = [process.env["LEVEL"], sqlStore];`,

  "src/steps/planted-upward.ts": `import { runPipeline } from "../pipeline.ts";\nexport const again = runPipeline;`,
  "src/steps/planted-type.ts": `import type { level } from "../config.ts";\nexport type Level = typeof level;`,
  "src/steps/planted-late.ts": `export const late = async (): Promise<unknown> => import("../pipeline.ts");`,
  "src/steps/planted-adapter.ts": `import { dockerSandbox } from "../sandbox/docker-sandbox.ts";\nexport const made = dockerSandbox;`,
  "src/steps/planted-reexport.ts": `export { sqlStore } from "../store/sql-store.ts";`,
  "src/github/planted-step.ts": `import { verify } from "../steps/verify.ts";\nexport const checked = verify;`,
  "src/github/planted-neighbour.ts": `import { sqlStore } from "../store/sql-store.ts";\nexport const stored = sqlStore;`,
  "src/github/deep/er/planted-deep.ts": `import type { Store } from "../../../store/store.ts";\nexport type Kept = Store;`,
  "src/novelty/planted-new-folder.ts": `import { verify } from "../steps/verify.ts";\nexport const anything = verify;`,
  "src/run/planted-outside.ts": `import { level } from "../../scripts/tool.ts";\nexport const outside = level;`,
  "sandbox/planted-host.ts": `import { Oops } from "../src/errors.ts";\nexport const oops = Oops;`,
  "src/run/planted-cycle.ts": `import { there } from "./planted-back.ts";\nexport const here = (): number => there();`,
  "src/run/planted-back.ts": `import { here } from "./planted-cycle.ts";\nexport const there = (): number => here();`,
  "src/run/planted-environment.ts": `export const home = process.env["HOME"];`,
  "src/run/planted-environment-import.ts": `import { env } from "node:process";\nexport const home = env["HOME"];`,
};

let scratch: string;
let complaints: Map<string, string[]>;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "handback-lint-"));
  for (const part of [".oxlintrc.json", "tsconfig.json", "package.json", "scripts/lint"]) {
    await cp(path.join(root, part), path.join(scratch, part), { recursive: true });
  }
  await symlink(path.join(root, "node_modules"), path.join(scratch, "node_modules"));
  for (const [file, text] of Object.entries(house)) {
    await mkdir(path.dirname(path.join(scratch, file)), { recursive: true });
    await writeFile(path.join(scratch, file), `${text}\n`);
  }
  complaints = await lint(scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

test.for([
  ["src/steps/planted-upward.ts", "no arrow from steps/ to pipeline.ts"],
  ["src/steps/planted-type.ts", "no arrow from steps/ to config.ts"],
  ["src/steps/planted-late.ts", "no arrow from steps/ to pipeline.ts"],
  ["src/steps/planted-adapter.ts", "steps/ uses its port"],
  ["src/steps/planted-reexport.ts", "steps/ uses its port"],
  ["src/github/planted-step.ts", "no arrow from github/ to steps/"],
  ["src/github/planted-neighbour.ts", "github/ uses its port"],
  ["src/github/deep/er/planted-deep.ts", "no arrow from github/ to store/"],
  ["src/novelty/planted-new-folder.ts", "novelty/ has no line in scripts/lint/arrows.ts yet"],
  ["src/run/planted-outside.ts", "run/ lives in src/"],
  ["sandbox/planted-host.ts", "nothing but sandbox/"],
  ["src/run/planted-cycle.ts", "no-cycle"],
  ["src/run/planted-environment.ts", "no-process-env"],
  ["src/run/planted-environment-import.ts", "Only src/config.ts reads the environment"],
] as const)("the lint catches %s", ([file, reason]) => {
  expect(complaints.get(file)?.join("\n")).toContain(reason);
});

test("the lint has nothing to say about a house whose arrows all point down", () => {
  const innocent = Object.keys(house).filter((file) => !path.basename(file).startsWith("planted"));

  expect(innocent.flatMap((file) => complaints.get(file) ?? [])).toEqual([]);
});

/** What oxlint says with this project's own configuration, by file. */
async function lint(folder: string): Promise<Map<string, string[]>> {
  const oxlint = path.join(root, "node_modules/oxlint/bin/oxlint");
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [oxlint, "--format", "json", "src", "sandbox", "scripts"],
      { cwd: folder, timeout: 50_000 },
      (_, stdout) => resolve(stdout),
    );
  });
  const { diagnostics } = JSON.parse(output) as {
    diagnostics: { filename: string; message: string; code?: string; help?: string }[];
  };
  const byFile = new Map<string, string[]>();
  for (const { filename, message, code, help } of diagnostics) {
    byFile.set(filename, [...(byFile.get(filename) ?? []), `${code}: ${message} ${help ?? ""}`]);
  }
  return byFile;
}
