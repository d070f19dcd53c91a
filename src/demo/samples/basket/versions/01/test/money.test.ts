import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMoney, roundCents } from "../src/money.ts";

test("half a cent is rounded away from zero", () => {
  assert.equal(roundCents(12.5), 13);
  assert.equal(roundCents(12.4), 12);
  assert.equal(roundCents(-12.5), -13);
  assert.equal(roundCents(-0.4), 0);
});

test("amounts are printed with two decimals", () => {
  assert.equal(formatMoney(0), "€0.00");
  assert.equal(formatMoney(5), "€0.05");
  assert.equal(formatMoney(1250), "€12.50");
  assert.equal(formatMoney(100000), "€1000.00");
});
