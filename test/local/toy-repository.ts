import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { runGit } from "../support/sample-repository.ts";

export const toyTask = "Greet by name";

/** A repository with one program, its check, and two commits on `main`. */
export function toyRepository(directory: string): string {
  mkdirSync(path.join(directory, "src"), { recursive: true });
  runGit(directory, "init", "-q", "-b", "main");
  writeFileSync(path.join(directory, "README.md"), "# Greeter\n");
  runGit(directory, "add", "--all");
  runGit(directory, "commit", "-q", "-m", "Start");
  writeFileSync(path.join(directory, "src/greet.mjs"), "export const greet = () => 'Hello';\n");
  writeFileSync(path.join(directory, ".gitignore"), "*.log\n");
  writeFileSync(
    path.join(directory, "package.json"),
    JSON.stringify({ name: "greeter", scripts: { test: "node --check src/greet.mjs" } }),
  );
  runGit(directory, "add", "--all");
  runGit(directory, "commit", "-q", "-m", "Greet");
  return directory;
}

const greetings = `node -e 'import("/workspace/src/greet.mjs").then(({ greet }) => { console.log(greet("Ada"), greet()); process.exitCode = greet() === "Hello" ? 0 : 3 })'`;

/** As `toyScenes`, with a reviewer who finds nothing: for tests that look at something else. */
export function quickToyScenes(): Scene[] {
  const approves: Scene = {
    role: "reviewer",
    when: toyTask,
    turns: [{ calls: [finish({ summary: "It greets.", findings: [], unverified: [] })] }],
  };
  return [...toyScenes.filter(({ role }) => role !== "reviewer"), approves];
}

/** The first change forgets those without a name; the reviewer shows it, the coder mends it. */
export const toyScenes: readonly Scene[] = [
  {
    role: "planner",
    when: toyTask,
    turns: [{ calls: [finish({ summary: "One function.", steps: ["Take a name."], risks: [] })] }],
  },
  {
    role: "coder",
    when: "# Findings",
    turns: [
      {
        calls: [
          bash(
            `echo 'export const greet = (name) => (name ? "Hello, " + name : "Hello");' > src/greet.mjs && git commit -qam "Greet the nameless too"`,
          ),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Greet the nameless too",
            summary: "Without a name the greeting is as before.",
            unverified: [],
            answers: [{ findingId: "f1", action: "fixed", reply: "It says Hello again." }],
          }),
        ],
      },
    ],
  },
  {
    role: "coder",
    when: toyTask,
    turns: [
      {
        say: "One line.",
        calls: [
          bash(
            `echo 'export const greet = (name) => "Hello, " + name;' > src/greet.mjs && git commit -qam "Greet by name"`,
          ),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Greet by name",
            summary: "`greet` takes a name.",
            unverified: ["Names in other scripts."],
            answers: [],
          }),
        ],
      },
    ],
  },
  {
    role: "refuter",
    when: toyTask,
    turns: [{ calls: [bash(greetings), finish({ verdicts: [{ id: "f1", verdict: "stands" }] })] }],
  },
  {
    role: "reviewer",
    when: "# Review, round 2",
    turns: [
      { calls: [bash(greetings)] },
      { calls: [finish({ summary: "Both ways greet now.", findings: [], unverified: [] })] },
    ],
  },
  {
    role: "reviewer",
    when: "# Review, round 1",
    turns: [
      { calls: [bash(greetings)] },
      {
        calls: [
          finish({
            summary: "Old callers break.",
            findings: [
              {
                severity: "blocking",
                path: "src/greet.mjs",
                line: 1,
                quote: 'export const greet = (name) => "Hello, " + name;',
                title: "Callers without a name get undefined",
                body: "`greet()` says `Hello, undefined`; it has to say `Hello`.",
                suggestion: null,
                evidence: greetings,
              },
            ],
            unverified: [],
          }),
        ],
      },
    ],
  },
];
