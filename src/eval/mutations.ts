/** One line of a program with a small fault in it, of the kinds that people make. */
export interface Mutation {
  /** What was done, e.g. `< became <=`. */
  readonly what: string;
  readonly line: string;
}

/**
 * All mutations of one line of code, in any language with operators like C's or Python's. What stands in strings and comments
 * is left alone. Whether a mutation is a fault, only tests that fail can say. Pure.
 */
export function mutationsOf(line: string): Mutation[] {
  const code = maskText(line);
  const found: Mutation[] = [];
  for (const { pattern, swap } of operators) {
    for (const match of code.matchAll(pattern)) {
      const [operator] = match;
      const replacement = swap(operator);
      if (replacement === null) continue;
      const mutated = line.slice(0, match.index) + replacement + line.slice(match.index + operator.length);
      found.push({ what: `${operator.trim()} became ${replacement.trim() || "nothing"}`, line: mutated });
    }
  }
  return found;
}

interface Operator {
  readonly pattern: RegExp;
  readonly swap: (found: string) => string | null;
}

function pairs(...both: readonly (readonly [string, string])[]): Operator["swap"] {
  const table = new Map(both.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));
  return (found) => {
    const core = found.trim();
    const other = table.get(core);
    return other === undefined ? null : found.replace(core, () => other);
  };
}

const operators: readonly Operator[] = [
  { pattern: / (?:<=|>=|<|>) /g, swap: pairs(["<", "<="], [">", ">="]) },
  { pattern: / (?:===|!==|==|!=) /g, swap: pairs(["===", "!=="], ["==", "!="]) },
  { pattern: /&&|\|\|/g, swap: pairs(["&&", "||"]) },
  { pattern: /\b(?:and|or)\b/g, swap: pairs(["and", "or"]) },
  { pattern: /(?<=[\w)\]]) [-+] (?=[\w(])/g, swap: pairs(["+", "-"]) },
  { pattern: /(?<=[\w)\]]) [*/] (?=[\w(])/g, swap: pairs(["*", "/"]) },
  { pattern: /\b(?:true|false|True|False)\b/g, swap: pairs(["true", "false"], ["True", "False"]) },
  {
    pattern: /\b(?:floor|ceil|min|max|some|every|any|all)\b(?=\()/g,
    swap: pairs(["floor", "ceil"], ["min", "max"], ["some", "every"], ["any", "all"]),
  },
  // Off by one; not in names, versions or fractions.
  { pattern: /(?<![\w.])\d{1,9}(?![\w.])/g, swap: (found) => String(Number(found) + 1) },
  { pattern: /(?<=\bif \()!|(?<=\bif )not /g, swap: () => "" },
];

/** The line with the texts of strings and comments replaced by spaces, the same length. A quote left open masks the rest. */
function maskText(line: string): string {
  if (/^\s*(?:\/\/|#|\*|\/\*|import\b|from\b|export \*|@)/.test(line)) return " ".repeat(line.length);
  let masked = "";
  let quote: string | null = null;
  for (let n = 0; n < line.length; n += 1) {
    const character = line[n] ?? "";
    if (quote !== null) {
      if (character === "\\") {
        masked += "  ";
        n += 1;
        continue;
      }
      if (character === quote) quote = null;
      masked += " ";
    } else if (character === '"' || character === "'" || character === "`") {
      quote = character;
      masked += " ";
    } else if (line.startsWith("//", n) || (character === "#" && /\s/.test(line[n - 1] ?? " "))) {
      return masked.padEnd(line.length);
    } else {
      masked += character;
    }
  }
  return masked.slice(0, line.length).padEnd(line.length);
}
