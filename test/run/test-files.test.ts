import { describe, expect, test } from "vitest";
import { kindOfFile } from "../../src/run/test-files.ts";

describe("is a test", () => {
  test.each([
    "src/cart.test.ts",
    "src/cart.spec.mjs",
    "src/__tests__/cart.js",
    "src/__snapshots__/cart.js.snap",
    "test.js",
    "test/support/world.ts",
    "tests/fixtures/order.json",
    "e2e/login.ts",
    "spec/models/cart_spec.rb",
    "app/cart_test.rb",
    "shop/test_cart.py",
    "shop/cart_test.py",
    "conftest.py",
    "shop/tests.py",
    "cart/cart_test.go",
    "cart/testdata/order.golden",
    "tests/outer.rs",
    "src/test/java/shop/CartTest.java",
    "src/main/CartIT.java",
    "Shop.Tests/Cart.cs",
    "ShopTests/Cart.swift",
    "lib/cart_test.dart",
    "test/cart_test.exs",
    "t/cart.t",
    "cart.bats",
    "src/cart.cy.ts",
  ])("%s", (path) => expect(kindOfFile(path)).toBe("test"));
});

describe("is a source", () => {
  test.each([
    "src/cart.ts",
    "src/contest.js",
    "src/latest.py",
    "src/attest/index.ts",
    "src/spec/parse.ts",
    "cart/cart.go",
    "src/main/java/shop/Cart.java",
    "src/Protest.java",
    "templates/cart.html",
    "data/prices.json",
    "docs/build.ts",
    "main.py",
    "bin/cart",
  ])("%s", (path) => expect(kindOfFile(path)).toBe("source"));
});

describe("is neither", () => {
  test.each([
    "README.md",
    "docs/guide.txt",
    "LICENSE",
    "CHANGELOG",
    "package.json",
    "packages/shop/package-lock.json",
    "pnpm-lock.yaml",
    "Cargo.toml",
    "go.sum",
    "requirements-dev.txt",
    "pyproject.toml",
    "vitest.config.ts",
    "jest.config.js",
    "tsconfig.build.json",
    ".eslintrc.cjs",
    ".github/workflows/ci.yml",
    "Makefile",
    "Dockerfile",
    "images/logo.png",
  ])("%s", (path) => expect(kindOfFile(path)).toBe("other"));
});
