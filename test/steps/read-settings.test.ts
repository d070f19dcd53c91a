import { expect, test } from "vitest";
import { RunError } from "../../src/errors.ts";
import { readSettings } from "../../src/steps/read-settings.ts";

const operator = {
  label: "agent",
  models: { planner: null, coder: "haiku", reviewer: null, improver: null, helper: null },
  maximums: { turns: null, tokens: null, usd: 3, minutes: null },
};
const options = { models: {}, usd: null, rounds: null };
const context = { operator, options, branch: "main" };

test("The command wins over the file, the file over the operator's defaults, and the operator's bounds over all", () => {
  const file = "models:\n  coder: sonnet\nbudget:\n  usd: 8\n";
  expect(readSettings(null, context).models.coder).toBe("haiku");
  expect(readSettings(file, context).models.coder).toBe("sonnet");
  const asked = readSettings(file, {
    ...context,
    options: { models: { coder: "opus" }, usd: 50, rounds: 1 },
  });
  expect(asked.models.coder).toBe("opus");
  expect(asked.budget.usd).toBe(3);
  expect(asked.review.rounds).toBe(1);
});

test("A bad file is refused with each line and its mend", () => {
  const read = (): unknown => readSettings("budget:\n  usd: lots\nlable: agent\n", context);
  expect(read).toThrow(RunError);
  try {
    read();
  } catch (error) {
    const { mend } = error as RunError;
    expect(mend).toContain("line 2, `budget.usd`");
    expect(mend).toContain("line 3, `lable`");
    expect(mend).toContain("Mend it on `main`");
  }
});
