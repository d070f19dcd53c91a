/** The files of the repository that every harness works in: a small library, one long file, one of middling length. */
export function sampleFiles(): Record<string, string> {
  const modules = Object.fromEntries(moduleNames.map((name) => [`src/${name}.js`, moduleText(name)]));
  return {
    "README.md": "# Numbers\n\nSmall functions on numbers and ranges.\n",
    "package.json": `${JSON.stringify({ name: "numbers", version: "1.0.0", type: "module" }, null, 2)}\n`,
    ...modules,
    "src/registry.js": rows(3_000, registryLine),
    "src/table.js": rows(300, tableLine),
    "test/clamp.test.js":
      'import { test } from "node:test";\nimport "../src/clamp.js";\ntest("clamps", () => {});\n',
  };
}

export const moduleNames = ["clamp", "lerp", "mean", "median", "parse", "format", "round", "range"];

/** Stands once in each module. */
export function guardOf(name: string): string {
  return `  if (low > high) return low; // ${name}: an empty range`;
}

export function registryLine(n: number): string {
  return `  entry${n}: { id: ${n}, label: "entry ${n} of the registry", weight: ${(n * 37) % 101} },`;
}

export function tableLine(n: number): string {
  return `  [${n}, "row ${n}", ${(n * 53) % 97}, "${n % 2 === 0 ? "even" : "odd"}"],`;
}

function moduleText(name: string): string {
  const helpers = Array.from({ length: 12 }, (_, n) =>
    [
      `/** Case ${n} of ${name}: what comes back for the part number ${n} of a range. */`,
      `function ${name}Case${n}(value, low, high) {`,
      `  const width = high - low;`,
      `  return value < low ? low + ${n} * width : value > high ? high - ${n} * width : value;`,
      `}`,
    ].join("\n"),
  );
  const main = `export function ${name}(value, low, high) {\n${guardOf(name)}\n  return ${name}Case0(value, low, high);\n}`;
  return `${[...helpers, main].join("\n\n")}\n`;
}

function rows(count: number, line: (n: number) => string): string {
  const lines = Array.from({ length: count }, (_, n) => line(n + 1));
  return `export default [\n${lines.join("\n")}\n];\n`;
}
