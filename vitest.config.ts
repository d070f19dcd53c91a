import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Most tests wait for containers, git and HTTP: more files at once than cores.
    maxWorkers: 3,
    reporters: ["default", "./test/support/count-reporter.ts"],
  },
});
