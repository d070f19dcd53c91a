import assert from "node:assert/strict";
import { test } from "node:test";
import { discountAmount } from "../src/discount.ts";

test("a percentage is taken off the subtotal, to the cent", () => {
  assert.equal(discountAmount(1995, { kind: "percent", percent: 10, label: "Members' day" }), 200);
});

test("a voucher takes off its amount, and never more than there is to pay", () => {
  assert.equal(discountAmount(1995, { kind: "amount", amount: 500, label: "Voucher" }), 500);
  assert.equal(discountAmount(300, { kind: "amount", amount: 500, label: "Voucher" }), 300);
});

test("nothing is taken off when the shop owes the customer", () => {
  assert.equal(discountAmount(-300, { kind: "percent", percent: 10, label: "Members' day" }), 0);
});
