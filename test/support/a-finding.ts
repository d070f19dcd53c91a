import type { Finding } from "../../src/run/results.ts";

export function aFinding(change: Partial<Finding> = {}): Finding {
  return {
    id: "f1",
    severity: "blocking",
    path: "src/money.ts",
    line: 14,
    title: "Amounts under one euro lose their sign",
    body: "`formatMoney(-85)` gives `€0.85`.",
    suggestion: null,
    evidence: { command: "node check.mjs", exitCode: 1, output: "-85 is printed as €0.85" },
    ...change,
  };
}
