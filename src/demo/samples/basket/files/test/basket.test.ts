import assert from "node:assert/strict";
import { test } from "node:test";
import { addItem, subtotal, type Item } from "../src/basket.ts";

const boats: Item = { sku: "b1", title: "Paper Boats", unitPrice: 850, vat: "book" };
const pencil: Item = { sku: "g1", title: "Pencil", unitPrice: 120, vat: "goods" };

test("an item scanned twice is one line of two", () => {
  const lines = addItem(addItem([], boats), boats);
  assert.deepEqual(lines, [{ ...boats, quantity: 2 }]);
});

test("a line that comes to zero goes", () => {
  const lines = addItem(addItem(addItem([], boats), pencil), boats, -1);
  assert.deepEqual(lines, [{ ...pencil, quantity: 1 }]);
});

test("things brought back count against the subtotal", () => {
  assert.equal(subtotal(addItem(addItem([], boats), pencil, -2)), 610);
});

test("half a pencil cannot be sold", () => {
  assert.throws(() => addItem([], pencil, 0.5), RangeError);
});
