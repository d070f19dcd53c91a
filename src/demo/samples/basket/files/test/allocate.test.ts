import assert from "node:assert/strict";
import { test } from "node:test";
import { allocate } from "../src/allocate.ts";

test("an amount is shared out by price", () => {
  assert.deepEqual(allocate(300, [1000, 2000]), [100, 200]);
  assert.deepEqual(allocate(150, [500, 500, 500]), [50, 50, 50]);
});

test("nothing is shared out over nothing", () => {
  assert.deepEqual(allocate(0, [1000, 2000]), [0, 0]);
  assert.deepEqual(allocate(100, []), []);
});
