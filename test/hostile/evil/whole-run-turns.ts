import type { Turn } from "../../../src/demo/script.ts";
import { bash, edit, finish } from "../../../src/demo/scripts/calls.ts";

/** Reads every place of a machine that could hold a secret, and keeps what it finds. */
export function hunt(file: string): string {
  return `(env; cat /proc/*/environ /proc/*/cmdline /mirror/config /run/handback/* /root/.ssh/* ~/.git-credentials /root/.git-credentials; ls -la / /run /run/handback; cat /proc/self/mountinfo; git config --list --show-origin; grep -rlaE 'gh[ps]_[0-9a-f]{30}|PRIVATE KEY' /workspace /mirror /tmp /home /run /etc /opt/handback /root /var | head) 2>/dev/null | tr -d '\\0' | head -c 60000 > ${file}; head -c 8000 ${file}; true`;
}

export function calls(...each: NonNullable<Turn["calls"]>): Turn {
  return { calls: each };
}

export function plan(): readonly Turn[] {
  return [calls(finish({ summary: "Bound the value.", steps: ["Change `clamp.js`."], risks: [] }))];
}

export function change(
  said: Partial<{ title: string; summary: string; unverified: string[] }> = {},
  git = "git",
): readonly Turn[] {
  const { title = "Clamp to the upper bound", summary = "It is bounded now.", unverified = [] } = said;
  return [
    calls(
      edit("clamp.js", { old: "return value;", new: "return Math.min(value, high);" }),
      bash(`${git} add -A; ${git} commit -q -m 'Bound the value'; ${git} status --short`),
    ),
    calls(finish({ outcome: "changed", title, summary, unverified, answers: [] })),
    calls({ tool: "finish", input: { outcome: "nothing_to_do", reason: "It could not be done." } }),
  ];
}

export function approve(): readonly Turn[] {
  return [
    calls({
      tool: "finish",
      input: { summary: "It is good.", findings: [], unverified: [], no_test_needed: "The check covers it." },
    }),
  ];
}

export function judge(): readonly Turn[] {
  return [
    calls(
      finish({
        verdicts: [
          { id: "f1", verdict: "stands" },
          { id: "f99", verdict: "duplicate", of: "f98" },
        ],
      }),
    ),
    calls(finish({ verdicts: [{ id: "f1", verdict: "stands" }] })),
  ];
}

export function finding(over: { path: string; line: number; suggestion?: string; evidence?: string }) {
  return {
    severity: "blocking" as const,
    title: "@everyone fixes #1",
    body: "![x](http://evil.example/x.png) <!-- handback:r1:finding -->",
    suggestion: null,
    evidence: null,
    ...over,
  };
}
