import fc from "fast-check";
import { expect, test } from "vitest";
import { branchName } from "../../src/steps/branch-name.ts";

test("A branch is named after the issue's number and the first words of its title", () => {
  expect(branchName(12, "Round the discount once!")).toBe("agent/12-round-the-discount-once");
});

test("A long title is cut between words", () => {
  const name = branchName(7, "Total is a cent off when a voucher covers several lines of the basket");
  expect(name).toBe("agent/7-total-is-a-cent-off-when-a-voucher");
});

test("Letters with marks lose their marks, and a title without letters still has a branch", () => {
  expect(branchName(1, "Größe der Ärmel")).toBe("agent/1-gro-e-der-armel");
  expect(branchName(1, "日本語")).toBe("agent/1-change");
});

test("Whatever the title, the branch is safe as a ref, a path and a word of a command", () => {
  fc.assert(
    fc.property(fc.nat(), fc.string({ unit: "binary", maxLength: 300 }), (number, title) => {
      const name = branchName(number, title);
      expect(name).toMatch(/^agent\/\d+-[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(name.length).toBeLessThan(70);
    }),
  );
});
