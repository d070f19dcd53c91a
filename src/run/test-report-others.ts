import type { TestReport } from "./test-report.ts";

/** `go test`: `package Test/subtest`; a package which passed without `-v`, or did not build, stands for itself. */
export function readGo(lines: readonly string[]): TestReport | null {
  const passed: string[] = [];
  const failed: string[] = [];
  let isWhole = true;
  let isGo = false;
  let pending: { name: string; isPass: boolean }[] = [];
  for (const line of lines) {
    const test = /^ *--- (PASS|FAIL): (\S+) \([\d.]+s\)/.exec(line);
    if (test !== null) pending.push({ name: test[2] ?? "", isPass: test[1] === "PASS" });
    const ended = /^(?:(ok) {2}|(FAIL))\t(\S+)(?:\t| \[)/.exec(line);
    if (ended === null) continue;
    isGo = true;
    const [, ok, , name = ""] = ended;
    for (const one of pending) (one.isPass ? passed : failed).push(`${name} ${one.name}`);
    const names = pending.filter(({ isPass }) => isPass === (ok !== undefined));
    if (names.length === 0) (ok === undefined ? failed : passed).push(name);
    // Without `-v` those that passed are not named.
    if (!pending.some(({ isPass }) => isPass)) isWhole = false;
    pending = [];
  }
  return isGo ? { passed, failed, isWhole } : null;
}

/** `cargo test`: `src/lib.rs tests::adds`; the file of each target stands before its tests. */
export function readCargo(lines: readonly string[]): TestReport | null {
  if (!lines.some((line) => /^test result: (?:ok|FAILED)\. \d/.test(line))) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  let target = "";
  let expected = 0;
  for (const line of lines) {
    const header = /^ +(?:Running (?:unittests )?(\S+) \(|Doc-tests (\S+))/.exec(line);
    if (header !== null) target = header[1] ?? `doc ${header[2] ?? ""}`;
    const result = /^test result: \w+\. (\d{1,9}) passed; (\d{1,9}) failed/.exec(line);
    if (result !== null) expected += Number(result[1]) + Number(result[2]);
    const end = / \.\.\. (ok|FAILED)$/.exec(line);
    if (end === null || !line.startsWith("test ")) continue;
    const name = line.slice("test ".length, end.index).replace(/ - should panic$/, "");
    (end[1] === "ok" ? passed : failed).push(`${target} ${name}`.trim());
  }
  return { passed, failed, isWhole: passed.length + failed.length >= expected };
}

/** RSpec names what failed, to run it again: `rspec ./spec/cart_spec.rb:12 # Cart adds`. */
export function readRspec(lines: readonly string[]): TestReport | null {
  const counts = lines.flatMap((line) => /^(\d{1,9}) examples?, (\d{1,9}) failures?/.exec(line) ?? []);
  if (counts.length === 0) return null;
  const failed = lines.flatMap((line) => {
    const [, place = "", title] = /^rspec (\S+) # (.*)$/.exec(line) ?? [];
    // Lines move with every change.
    return title === undefined ? [] : [`${place.replace(/:\d+$/, "")} ${title}`];
  });
  return { passed: [], failed, isWhole: counts[1] === counts[2] };
}
