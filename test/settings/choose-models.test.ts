import { describe, expect, test } from "vitest";
import { chooseModels, type ModelWishes } from "../../src/settings/choose-models.ts";

const silent: ModelWishes = {
  file: { preset: null, roles: {} },
  operator: {},
  command: {},
  isSame: (a, b) => aliasOf(a) === aliasOf(b),
};

describe("the reviewer whom nobody chose", () => {
  test("is the strongest model", () => {
    expect(chooseModels(silent)).toMatchObject({ coder: "sonnet", reviewer: "opus" });
  });

  test.each([
    ["the file", { file: { preset: null, roles: { coder: "opus" } } }],
    ["the operator", { operator: { coder: "opus" } }],
    ["the command", { command: { coder: "claude-opus-5-5" } }],
  ])("is the other strong model when %s gives the coder the strongest", (_who, wishes) => {
    expect(chooseModels({ ...silent, ...wishes }).reviewer).toBe("sonnet");
  });

  test("is the strongest when a command takes that from the coder again", () => {
    const file = { preset: null, roles: { coder: "opus" } };
    expect(chooseModels({ ...silent, file, command: { coder: "haiku" } }).reviewer).toBe("opus");
  });
});

describe("a reviewer whom somebody chose stays, also when it is the coder's model", () => {
  test.each([
    ["the file", { file: { preset: null, roles: { coder: "opus", reviewer: "opus" } } }],
    ["a preset", { file: { preset: "opus" as const, roles: {} } }],
    ["the operator", { operator: { coder: "opus", reviewer: "opus" } }],
    ["the command", { command: { coder: "opus", reviewer: "opus" } }],
  ])("%s", (_who, wishes) => {
    expect(chooseModels({ ...silent, ...wishes })).toMatchObject({ coder: "opus", reviewer: "opus" });
  });
});

test("a preset and single roles go together, and the command wins over both", () => {
  const file = { preset: "opus" as const, roles: { coder: "haiku", helper: "sonnet" } };
  const operator = { planner: "haiku" };
  expect(chooseModels({ ...silent, file, operator, command: { improver: "fable" } })).toEqual({
    planner: "opus",
    coder: "haiku",
    reviewer: "opus",
    improver: "fable",
    helper: "sonnet",
  });
});

function aliasOf(name: string): string {
  return name.replace(/^claude-(\w+)-5-5$/, "$1");
}
