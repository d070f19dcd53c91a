import fc from "fast-check";
import { expect, test } from "vitest";
import { shareOf, shareWords } from "../../src/eval/share.ts";

test("The interval is Wilson's", () => {
  const { low, high } = shareOf(8, 10);
  expect(low).toBeCloseTo(0.4902, 3);
  expect(high).toBeCloseTo(0.9433, 3);
  expect(shareOf(0, 5)).toMatchObject({ share: 0, low: 0 });
  expect(shareOf(0, 5).high).toBeCloseTo(0.4345, 3);
  expect(shareWords(shareOf(3, 5))).toBe("3 of 5 (60 %, 95 % interval 23–88 %)");
  expect(shareWords(shareOf(0, 0))).toBe("0 of 0");
});

test("The share lies in its interval, and the interval lies in 0 to 1", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (of, part) => {
        const { share, low, high } = shareOf(Math.round(of * part), of);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low! - 1e-12).toBeLessThanOrEqual(share!);
        expect(share!).toBeLessThanOrEqual(high! + 1e-12);
      },
    ),
  );
});
