import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { completeLock } from "../../scripts/complete-lock.ts";
import { modulesMatchLock } from "../../scripts/setup/modules-match-lock.ts";

const root = path.join(import.meta.dirname, "../..");

test("the lock names the builds for every platform, so that npm ci takes it anywhere", () => {
  const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")) as Parameters<
    typeof completeLock
  >[0];

  expect(completeLock(lock), "run bin/node scripts/complete-lock.ts after npm install").toEqual([]);
});

test("a build that the registry lacked gets an entry that is skipped on other platforms", () => {
  const lock = {
    packages: {
      "node_modules/tool": {
        version: "1.2.3",
        dev: true,
        optionalDependencies: {
          "@tool/linux-x64-musl": "1.2.3",
          "@tool/darwin-arm64": "1.2.3",
          fsevents: "~2.3.3",
        },
      },
      "node_modules/@tool/darwin-arm64": { version: "1.2.3" },
    },
  };

  expect(completeLock(lock)).toEqual(["node_modules/@tool/linux-x64-musl"]);
  expect(Object.values(lock.packages).at(0)).toEqual({ version: "1.2.3" });
  expect(lock.packages).toHaveProperty(["node_modules/@tool/linux-x64-musl"], {
    version: "1.2.3",
    cpu: ["x64"],
    libc: ["musl"],
    os: ["linux"],
    dev: true,
    optional: true,
  });
});

test("the installed packages of this clone match its lock, and a folder without any does not", () => {
  expect(modulesMatchLock(root)).toBe(true);
  expect(modulesMatchLock(path.join(root, "sandbox"))).toBe(false);
});
