import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemOfMessage } from "../../src/git/commit-words.ts";

const owner = "Acme";
const notifies = /an `@` before a name, which would notify somebody/;

describe("in the message of a commit", () => {
  test.each([
    "Move to @babel/core and @octokit/rest",
    "Bump (@babel/core) to 8",
    "Bump `@types/node`, \"@types/node__x\"; '@scope/a.b-c_d'",
    "Bump @babel/core@8.0.1",
    "Bump @babel/core.",
    "Write to mail@example.com, o'neil+x@example.com and a_@b",
    "Mark it @ noon, with @-rules, an @_private and @/src as alias",
    "Say that acme/owners is a team",
  ])("a package or an address passes: %j", (message) => {
    expect(problemOfMessage(message, { owner })).toBeNull();
  });

  test.each([
    "As @ada said",
    "@ada",
    "(@ada)",
    "As @ada/ said",
    "Bump @babel/*",
    "Bump @babel/-x",
    "As @ada-/x/@bob",
    "Ask @acme/owners",
    "Ask @ACME/Owners",
    "Ask (@acme/owners)",
    "Bump @babel/core-@bob",
    "Bump @babel/core/@acme/owners",
    "Bump @babel/core, @ada",
    "é@ada",
    `@${"a".repeat(40)}/core`,
  ])("who would be notified may not stand: %j", (message) => {
    expect(problemOfMessage(message, { owner })).toMatch(notifies);
  });

  test("the owner's teams and people are seen behind whatever is no part of a name, and other scopes pass there", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,12}$/);
    const around = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !text.includes("@"));
    const before = around.filter((text) => !/[A-Za-z0-9_]$/.test(text));
    fc.assert(
      fc.property(before, around, word, word, (head, tail, scope, name) => {
        fc.pre(!/^[\w.-]/.test(tail));
        const bystander = problemOfMessage(`${head}${tail}`, { owner: scope });
        fc.pre(bystander === null);
        const text = `${head}@${scope}/${name}${tail}`;
        expect(problemOfMessage(text, { owner: scope.toUpperCase() })).toMatch(notifies);
        expect(problemOfMessage(text, { owner: `${scope}x` })).toBeNull();
        expect(problemOfMessage(`${head}@${name}${tail.replace(/^\//, "")}`, { owner: scope })).toMatch(
          notifies,
        );
      }),
      { numRuns: 500 },
    );
  });
});
