import { bash, edit, finish } from "../../../src/demo/scripts/calls.ts";
import type { Script } from "../../../src/demo/script.ts";

/** A repository so small that a whole run takes seconds. */
export const clampFiles: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "units", "version": "1.0.0", "private": true, "type": "module" }\n',
  "clamp.js": `/** The value, kept between two bounds. */
export function clamp(value, low, high) {
  return value;
}
`,
  "check.js": `import assert from "node:assert/strict";
import { clamp } from "./clamp.js";
assert.equal(clamp(5, 0, 10), 5);
`,
  ".github/handback.yml": "verify: node check.js\nsandbox:\n  memoryMb: 512\n  diskMb: 128\n",
};

export const clampIssue = {
  title: "clamp lets every value through",
  body: "`clamp(15, 0, 10)` gives 15. It should give 10: a value above the upper bound becomes the bound.\n",
};

export const findingTitle = "The lower bound is ignored";
/** The line of `clamp.js` that the finding is about, in the new version. */
export const findingLine = 3;
export const evidence = `node --input-type=module -e 'import { clamp } from "./clamp.js"; process.exit(clamp(-5, 0, 10) === 0 ? 0 : 1)'`;

/** What planner and coder say of the change; no reviewer may hear of it. */
export const unseen = {
  plan: "Bound the value with one call.",
  thought: "The upper bound is all that matters here.",
  summary: "`clamp` returned what it was given. It now stops at the upper bound.",
};

/** One round with a blocking finding, one that approves: every step of a change runs. */
export const clampScript: Script = {
  scenes: [
    {
      role: "refuter",
      when: findingTitle,
      turns: [
        { say: "Is a value below the lower bound handled elsewhere?", calls: [bash("grep -n low clamp.js")] },
        { calls: [finish({ verdicts: [{ id: "f1", verdict: "stands" }] })] },
      ],
    },
    {
      role: "reviewer",
      when: findingTitle,
      turns: [
        { say: "The command from round 1 again.", calls: [bash(evidence)] },
        { calls: [finish({ summary: "Both bounds hold now.", findings: [], unverified: [] })] },
      ],
    },
    {
      role: "coder",
      when: findingTitle,
      turns: [
        {
          calls: [
            edit("clamp.js", {
              old: "Math.min(value, high)",
              new: "Math.max(low, Math.min(value, high))",
            }),
            bash("git commit -q -a -m 'Honour the lower bound'"),
          ],
        },
        {
          calls: [
            finish({
              outcome: "changed",
              title: "Clamp values to both bounds",
              summary: "The lower bound is honoured as well.",
              unverified: [],
              answers: [{ findingId: "f1", action: "fixed", reply: "Right, the lower bound was forgotten." }],
            }),
          ],
        },
      ],
    },
    {
      role: "planner",
      when: clampIssue.title,
      turns: [{ calls: [finish({ summary: unseen.plan, steps: ["Change `clamp.js`."], risks: [] })] }],
    },
    {
      role: "coder",
      when: clampIssue.title,
      turns: [
        {
          say: unseen.thought,
          calls: [
            edit("clamp.js", { old: "return value;", new: "return Math.min(value, high);" }),
            bash("git commit -q -a -m 'Honour the upper bound'"),
          ],
        },
        {
          calls: [
            finish({
              outcome: "changed",
              title: "Clamp values to the upper bound",
              summary: unseen.summary,
              unverified: [],
              answers: [],
            }),
          ],
        },
      ],
    },
    {
      role: "reviewer",
      when: clampIssue.title,
      turns: [
        { say: "What of the lower bound?", calls: [bash(evidence)] },
        {
          calls: [
            finish({
              summary: "The upper bound holds, the lower one does not.",
              findings: [
                {
                  severity: "blocking",
                  path: "clamp.js",
                  line: findingLine,
                  quote: "return Math.min(value, high);",
                  asked: clampIssue.title,
                  title: findingTitle,
                  body: "`clamp(-5, 0, 10)` gives -5 instead of 0.",
                  suggestion: null,
                  evidence,
                },
              ],
              unverified: [],
            }),
          ],
        },
      ],
    },
  ],
};
