import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { runGit } from "../support/sample-repository.ts";

export const sumsTask = "Multiply";

/** A repository whose check is `node --test`, with one commit on `main`; `files` come on top. */
export function sumsRepository(directory: string, files: Readonly<Record<string, string>> = {}): string {
  const all: Record<string, string> = {
    "package.json": '{ "name": "sums", "type": "module" }\n',
    "sums.js": "export const add = (a, b) => a + b;\n",
    "sums.test.js": testFile("add", "add(1, 2)", 3),
    ".github/handback.yml": settings(),
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), text);
  }
  runGit(directory, "init", "-q", "-b", "main");
  runGit(directory, "add", "--all");
  runGit(directory, "commit", "-q", "-m", "Add");
  return directory;
}

export function settings(more = ""): string {
  return `verify: node --test\nsandbox:\n  memoryMb: 512\n  diskMb: 128\nreview:\n  rounds: 1\n${more}`;
}

/** A file with one test, named after the function. */
export function testFile(name: string, call: string, expected: number): string {
  return `import assert from "node:assert/strict";
import { test } from "node:test";
import * as sums from "./sums.js";
test("${name}", () => assert.equal(sums.${call}, ${expected}));
`;
}

/** Shell: the files are as given, and committed. */
export function commit(message: string, files: Readonly<Record<string, string>>): string {
  const writes = Object.entries(files).map(([file, text]) => `cat > ${file} <<'END'\n${text}END`);
  return `${writes.join("\n")}\ngit add --all && git commit -q -m '${message}'`;
}

/** A coder that runs the command and says that it is done. */
export function coder(when: Scene["when"], command: string, summary = "It multiplies."): Scene {
  return {
    role: "coder",
    when,
    turns: [
      { calls: [bash(command)] },
      { calls: [finish({ outcome: "changed", title: "Multiply", summary, unverified: [], answers: [] })] },
    ],
  };
}

export const planner: Scene = {
  role: "planner",
  when: sumsTask,
  turns: [{ calls: [finish({ summary: "One function.", steps: ["Write it."], risks: [] })] }],
};

export const approving: Scene = {
  role: "reviewer",
  when: sumsTask,
  turns: [{ calls: [finish({ summary: "It multiplies.", findings: [], unverified: [] })] }],
};
