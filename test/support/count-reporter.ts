import type { Reporter, TestModule } from "vitest/node";

/** Ends the run with the plain line `N passed, N failed`, which other programs read. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      // A file that broke before its tests were collected has none to count, and is one failure.
      if (module.state() === "failed" && tests.every((test) => test.result().state !== "failed")) failed += 1;
      for (const test of tests) {
        if (test.result().state === "passed") passed += 1;
        // A skipped test has not shown anything: it counts as failed, so that nothing is skipped quietly.
        else failed += 1;
      }
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
    if (failed > 0) process.exitCode = 1;
  }
}
