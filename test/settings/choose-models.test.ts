import { describe, expect, test } from "vitest";
import { chooseModels, type ModelWishes } from "../../src/settings/choose-models.ts";

const nothing: ModelWishes["file"] = { preset: null, roles: {}, escalate: [] };
const silent: ModelWishes = {
  file: nothing,
  operator: {},
  command: {},
  isSame: (a, b) => aliasOf(a) === aliasOf(b),
};

describe("the reviewer whom nobody chose", () => {
  test("is the strongest model", () => {
    expect(chooseModels(silent)).toMatchObject({ coder: "sonnet", reviewer: "opus" });
  });

  test.each([
    ["the file", { file: { ...nothing, roles: { coder: "opus" } } }],
    ["the operator", { operator: { coder: "opus" } }],
    ["the command", { command: { coder: "claude-opus-5-5" } }],
  ])("is the other strong model when %s gives the coder the strongest", (_who, wishes) => {
    expect(chooseModels({ ...silent, ...wishes }).reviewer).toBe("sonnet");
  });

  test("is the strongest when a command takes that from the coder again", () => {
    const file = { ...nothing, roles: { coder: "opus" } };
    expect(chooseModels({ ...silent, file, command: { coder: "haiku" } }).reviewer).toBe("opus");
  });
});

describe("on a ladder, the reviewer whom nobody chose", () => {
  const onLadder = (...escalate: string[]) => ({ ...silent, file: { ...nothing, escalate } });

  test("is a strong model that stands on no rung", () => {
    expect(chooseModels(onLadder("haiku", "opus")).reviewer).toBe("sonnet");
    expect(chooseModels(onLadder("haiku", "sonnet")).reviewer).toBe("opus");
  });

  test("is at least not the one on the first rung", () => {
    expect(chooseModels(onLadder("opus", "sonnet")).reviewer).toBe("sonnet");
    expect(chooseModels(onLadder("sonnet", "opus")).reviewer).toBe("opus");
  });

  test("does not care for the ladder when the command names the coder", () => {
    expect(chooseModels({ ...onLadder("haiku", "opus"), command: { coder: "haiku" } }).reviewer).toBe("opus");
  });
});

describe("a reviewer whom somebody chose stays, also when it is the coder's model", () => {
  test.each([
    ["the file", { file: { ...nothing, roles: { coder: "opus", reviewer: "opus" } } }],
    ["a preset", { file: { ...nothing, preset: "opus" as const } }],
    ["the operator", { operator: { coder: "opus", reviewer: "opus" } }],
    ["the command", { command: { coder: "opus", reviewer: "opus" } }],
  ])("%s", (_who, wishes) => {
    expect(chooseModels({ ...silent, ...wishes })).toMatchObject({ coder: "opus", reviewer: "opus" });
  });
});

test("a preset and single roles go together, and the command wins over both", () => {
  const file = { ...nothing, preset: "opus" as const, roles: { coder: "haiku", helper: "sonnet" } };
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
