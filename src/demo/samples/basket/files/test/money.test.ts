import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMoney, parseMoney, roundCents } from "../src/money.ts";

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

test("amounts typed at the till are read with a point, a comma, or neither", () => {
  assert.equal(parseMoney("12"), 1200);
  assert.equal(parseMoney(" 12.50 "), 1250);
  assert.equal(parseMoney("12,05"), 1205);
  assert.equal(parseMoney("€0.99"), 99);
});

test("what is no amount is refused", () => {
  for (const text of ["", "12.5", "twelve", "1.250,00"]) assert.throws(() => parseMoney(text), RangeError);
});
