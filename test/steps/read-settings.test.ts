import { expect, test } from "vitest";
import { openModelRegistry } from "../../src/agent/model-registry.ts";
import { RunError } from "../../src/errors.ts";
import { readSettings } from "../../src/steps/read-settings.ts";

const { names } = openModelRegistry({ file: null, apiKey: null, baseUrl: null, valueOf: () => null });
const operator = {
  label: "agent",
  names,
  models: { planner: null, coder: "haiku", reviewer: null, improver: null, helper: null },
  maximums: { turns: null, tokens: null, usd: 3, minutes: null },
  perDay: { all: { usd: null, tokens: null }, person: { usd: null, tokens: null } },
  network: null,
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

test("A model that is not there is refused with its line, and in a command with the nearest one first", () => {
  const inFile = (): unknown => readSettings("models:\n  coder: opsu\n", context);
  expect(inFile).toThrow(RunError);
  expect(mendOf(inFile)).toMatch(
    /^- line 2, `models\.coder`: There is no model `opsu`\. Use one of `opus`, /,
  );
  const command = { ...context, options: { ...options, models: { coder: "sonet" } } };
  const inCommand = (): unknown => readSettings(null, command);
  expect(inCommand).toThrow("`--model coder=sonet`: There is no model `sonet`.");
  expect(mendOf(inCommand)).toMatch(/^Use one of `sonnet`, /);
  expect(mendOf(() => readSettings("escalate: [haiku, nonsense]\n", context))).toContain("`escalate.1`");
});

test("The coder's model after all wishes decides whether the reviewer gets another one", () => {
  expect(readSettings(null, context).models).toMatchObject({ coder: "haiku", reviewer: "opus" });
  const asked = { ...options, models: { coder: "claude-opus-5-5" } };
  expect(readSettings(null, { ...context, options: asked }).models.reviewer).toBe("sonnet");
  expect(readSettings("models: { reviewer: opus }", { ...context, options: asked }).models.reviewer).toBe(
    "opus",
  );
});

test("A host beyond the operator's bounds is refused with its line and what to do", () => {
  const file = "network:\n  - npm.example.com\n  - host: api.example.org\n    methods: [POST]\n";
  const bound = (network: readonly string[] | null) => ({ ...context, operator: { ...operator, network } });
  expect(readSettings(file, context).network).toHaveLength(2);
  expect(readSettings(file, bound(["*.example.com", "api.example.org"])).network).toHaveLength(2);
  expect(mendOf(() => readSettings(file, bound(["*.example.com"])))).toMatch(
    /^- line 3, `network\.1`: The operator of this Handback does not let .* HANDBACK_NETWORK \(now: `\*\.example\.com`\)/,
  );
  expect(mendOf(() => readSettings(file, bound([])))).toContain("(now: none)");
  // A wildcard is within bounds when all that it stands for is.
  const wide = "network: ['*.example.com']";
  for (const narrow of ["npm.example.com", "any.example.com", "example.com", "*.npm.example.com"])
    expect(() => readSettings(wide, bound([narrow])), narrow).toThrow(RunError);
  expect(readSettings(wide, bound(["*.example.com"])).network).toHaveLength(1);
  expect(readSettings("network: ['*.npm.example.com']", bound(["*.example.com"])).network).toHaveLength(1);
});

test.each(["github.com", "api.github.com", "'*.github.com'", "raw.githubusercontent.com"])(
  "GitHub's %s is opened only where the operator names it",
  (host) => {
    const file = `network: [${host}]`;
    expect(mendOf(() => readSettings(file, context))).toContain("Sandboxes do not reach GitHub");
    const bounds = ["github.com", "*.github.com", "*.githubusercontent.com"];
    const named = { ...context, operator: { ...operator, network: bounds } };
    expect(readSettings(file, named).network).toHaveLength(1);
  },
);

function mendOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as RunError).mend;
  }
  throw new Error("nothing was wrong");
}
