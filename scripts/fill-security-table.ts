import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** One line of docs/security.md's table; names of files in test/hostile/. */
export interface SecurityRow {
  readonly number: number;
  readonly tests: readonly string[];
}

const rowLine = /^\| (\d+) \|(.*)\| ([^|]*) \|$/;

export function rowsOf(page: string): SecurityRow[] {
  return page.split("\n").flatMap((line) => {
    const found = rowLine.exec(line);
    if (found === null) return [];
    const [, number, , last = ""] = found;
    const tests = [...last.matchAll(/\(\.\.\/test\/hostile\/([^)]+)\)/g)].map(([, name = ""]) => name);
    return [{ number: Number(number), tests }];
  });
}

/** The page with the tests of each row, found by their number, in the row's last cell. */
export function fillSecurityTable(page: string, tests: readonly string[]): string {
  const cell = (number: number): string => {
    const own = tests.filter((name) => Number(name.slice(0, 2)) === number).toSorted();
    const links = own.map((name) => `[${name.slice(3).replace(".test.ts", "")}](../test/hostile/${name})`);
    return links.length === 0 ? "–" : links.join(", ");
  };
  return page
    .split("\n")
    .map((line) =>
      line.replace(
        rowLine,
        (_, number: string, rest: string) => `| ${number} |${rest}| ${cell(Number(number))} |`,
      ),
    )
    .join("\n");
}

/** `bin/node scripts/fill-security-table.ts`, after a test in test/hostile/ was added or renamed. */
if (import.meta.main) {
  const file = new URL("../docs/security.md", import.meta.url);
  const tests = readdirSync(new URL("../test/hostile/", import.meta.url)).filter((name) =>
    /^\d\d-.*\.test\.ts$/.test(name),
  );
  writeFileSync(file, fillSecurityTable(readFileSync(file, "utf8"), tests));
}
