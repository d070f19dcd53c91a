import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOut } from "../src/checkout.ts";
import { printReceipt } from "../src/receipt.ts";

test("a receipt lists the lines, the discount, the total and the VAT", () => {
  const sale = checkOut(
    [
      { sku: "b1", title: "Paper Boats", unitPrice: 1070, quantity: 1, vat: "book" },
      { sku: "g1", title: "Clip-on lamp", unitPrice: 2380, quantity: 2, vat: "goods" },
    ],
    { kind: "amount", amount: 583, label: "Voucher" },
  );
  assert.equal(
    printReceipt(sale),
    [
      "Lantern Books",
      "--------------------------------",
      "Paper Boats               €10.70",
      "2 x Clip-on lamp          €47.60",
      "--------------------------------",
      "Subtotal                  €58.30",
      "Voucher                   -€5.83",
      "Total                     €52.47",
      "incl. VAT 7 %              €0.63",
      "incl. VAT 19 %             €6.84",
      "",
    ].join("\n"),
  );
});

test("a long title is cut, the price never", () => {
  const sale = checkOut([
    { sku: "b2", title: "A History of Lighthouses in Forty Maps", unitPrice: 4200, quantity: 1, vat: "book" },
  ]);
  assert.match(printReceipt(sale), /^A History of Lighthouses  €42\.00$/m);
});
