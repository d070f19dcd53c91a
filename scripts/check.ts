import { spawn } from "node:child_process";
import path from "node:path";

interface Part {
  readonly name: string;
  /** What to do about a failure. */
  readonly mend: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const modules = path.join(import.meta.dirname, "../node_modules");

const parts: readonly Part[] = [
  { name: "format", mend: "npm run format", command: [`${modules}/oxfmt/bin/oxfmt`, "--check"] },
  {
    name: "lint",
    mend: "the rules stand in .oxlintrc.json, the arrows between folders in scripts/lint/arrows.ts",
    command: [`${modules}/oxlint/bin/oxlint`],
  },
  {
    name: "types",
    mend: "tsconfig.json says how strict",
    command: [`${modules}/typescript/bin/tsc`, "-p", "."],
  },
  {
    name: "unused",
    mend: "delete it or use it; entry points stand in knip.json",
    command: [`${modules}/knip/bin/knip.js`, "--no-progress"],
  },
];

/** Runs every part in `root`, side by side; a line for each as it ends, then what the failed ones said. True if all passed. */
export async function check(root: string, say: (text: string) => void): Promise<boolean> {
  const failures: string[] = [];
  await Promise.all(
    parts.map(async (part) => {
      const started = performance.now();
      const { passed, output } = await run(part.command, root);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`${part.name.padEnd(8)}${passed ? "passed" : "FAILED"}  ${seconds} s\n`);
      if (!passed) failures.push(`\n${part.name} (${part.mend})\n${output.trimEnd()}\n`);
    }),
  );
  for (const failure of failures) say(failure);
  return failures.length === 0;
}

function run(command: Part["command"], root: string): Promise<{ passed: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const ended = signal === null ? "" : `\nended by ${signal}`;
      resolve({ passed: code === 0, output: Buffer.concat(output).toString("utf8") + ended });
    });
  });
}

if (import.meta.main) {
  const passed = await check(path.join(import.meta.dirname, ".."), (text) => process.stdout.write(text));
  process.exitCode = passed ? 0 : 1;
}
