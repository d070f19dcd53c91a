import assert from "node:assert/strict";
import { test } from "node:test";
import type { BasketLine } from "../src/basket.ts";
import { checkOut } from "../src/checkout.ts";

const boats: BasketLine = { sku: "b1", title: "Paper Boats", unitPrice: 1070, quantity: 1, vat: "book" };
const lamp: BasketLine = { sku: "g1", title: "Clip-on lamp", unitPrice: 2380, quantity: 1, vat: "goods" };

test("without a discount the total is the subtotal", () => {
  const sale = checkOut([boats, lamp]);
  assert.equal(sale.subtotal, 3450);
  assert.equal(sale.total, 3450);
  assert.deepEqual(sale.vat, { book: 70, goods: 380 });
});

test("VAT is due on what is paid after the discount", () => {
  const sale = checkOut([boats, lamp], { kind: "percent", percent: 10, label: "Members' day" });
  assert.equal(sale.total, 3105);
  assert.deepEqual(sale.vat, { book: 63, goods: 342 });
});

test("an exchange costs the difference", () => {
  assert.equal(checkOut([lamp, { ...boats, quantity: -1 }]).total, 1310);
});
