import { describe, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";

// The exit code is 1 when a sample's figures are not the known ones.
describe("Measured on the sample repository", { timeout: 290_000 }, () => {
  test("a reviewer that finds three faults of six and raises one false alarm is given just these figures", async () => {
    const { exitCode, stdout, stderr } = await runCli(["eval", "reviewer", "--sample", "--json"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("These are the known answers of the sample."),
    });
    expect(JSON.parse(stdout)).toMatchObject({
      found: { count: 3, of: 6, low: expect.closeTo(0.188, 2), high: expect.closeTo(0.812, 2) },
      falseAlarms: { count: 1, of: 3 },
      notFinished: 0,
    });
  });

  test("a coder that resolves two changes of four is given just these figures, with what each cost", async () => {
    const { exitCode, stdout, stderr } = await runCli(["eval", "coder", "--sample", "--json"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("These are the known answers of the sample."),
    });
    const figures = JSON.parse(stdout) as { cases: { outcome: string; cost: { usd: number } }[] };
    expect(figures).toMatchObject({ resolved: { count: 2, of: 4 } });
    expect(figures.cases.map(({ outcome }) => outcome)).toEqual([
      "resolved",
      "tests_fail",
      "resolved",
      "changed_nothing",
    ]);
    for (const { cost } of figures.cases) expect(cost.usd).toBeGreaterThan(0);
  });
});
