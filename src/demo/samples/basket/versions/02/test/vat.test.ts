import assert from "node:assert/strict";
import { test } from "node:test";
import { vatWithin } from "../src/vat.ts";

test("the VAT in a price follows the class of the item", () => {
  assert.equal(vatWithin(1070, "book"), 70);
  assert.equal(vatWithin(1190, "goods"), 190);
});
