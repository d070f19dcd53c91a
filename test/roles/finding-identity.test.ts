import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anchorOf, isSameFault, recognise, type Known } from "../../src/roles/reviewer/finding-identity.ts";

/** Files whose lines all say something else, and words for what may be wrong with them. */
const name = fc.stringMatching(/^[a-z]{4,9}$/);
const lines = fc
  .uniqueArray(name, { minLength: 8, maxLength: 25 })
  .map((names) => names.map((word, n) => `const ${word} = compute${n}(${word}Input);`));
const words = fc.array(name, { minLength: 3, maxLength: 12 }).map((all) => all.join(" "));

function at(content: readonly string[], index: number, text: { title: string; body: string }): Known {
  const anchor = anchorOf(content.join("\n"), index + 1);
  return { path: "src/a.ts", line: index + 1, ...text, ...anchor };
}

const place = lines.chain((content) => fc.tuple(fc.constant(content), fc.nat(content.length - 1)));
const text = fc.record({ title: words, body: words });

describe("a finding of an earlier round is known again", () => {
  test("in any other words", () => {
    fc.assert(
      fc.property(place, text, text, ([content, index], before, now) => {
        const earlier = { ...at(content, index, before), id: "f4" };
        expect(recognise([at(content, index, now)], [earlier])).toEqual(["f4"]);
      }),
    );
  });

  test("when lines were inserted above it, also right above", () => {
    fc.assert(
      fc.property(
        place,
        text,
        text,
        fc.array(words, { minLength: 1, maxLength: 9 }),
        fc.nat(),
        (where, a, b, added, spot) => {
          const [content, index] = where;
          const from = spot % (index + 1);
          const moved = content.toSpliced(from, 0, ...added.map((line) => `// ${line} inserted`));
          // The last line of a file has nothing below to be known by.
          fc.pre(index < content.length - 1);
          const earlier = { ...at(content, index, a), id: "f1" };
          expect(recognise([at(moved, index + added.length, b)], [earlier])).toEqual(["f1"]);
        },
      ),
    );
  });

  test("when the file was indented anew", () => {
    fc.assert(
      fc.property(
        place,
        text,
        text,
        fc.constantFrom("  ", "\t", "      "),
        ([content, index], a, b, indent) => {
          const earlier = { ...at(content, index, a), id: "f2" };
          const indented = content.map((line) => indent + line.replaceAll(" = ", `${indent}= `));
          expect(recognise([at(indented, index, b)], [earlier])).toEqual(["f2"]);
        },
      ),
    );
  });

  test("in a file that was renamed, and only then", () => {
    const known = at(["let a = one();", "let b = two();", "let c = three();"], 1, { title: "x", body: "y" });
    const earlier = { ...known, id: "f1" };
    const moved = { ...known, path: "src/b.ts" };
    expect(recognise([moved], [earlier])).toEqual([null]);
    expect(recognise([moved], [earlier], new Map([["src/b.ts", "src/a.ts"]]))).toEqual(["f1"]);
  });

  test("by its words, when its line was changed and the fault was not", () => {
    const title = "The sign is lost below one euro";
    const body = "`formatMoney(-85)` gives `€0.85`; it should give `-€0.85`.";
    const earlier = { ...at(["return euros < 0 ? a : b;"], 0, { title, body }), id: "f1" };
    const now = at(["return sign + a;"], 0, { title: "Sign still lost below one euro", body });
    expect(recognise([now], [earlier])).toEqual(["f1"]);
  });
});

describe("another fault stays another one", () => {
  test("on another line, in other words", () => {
    const two = lines.chain((content) =>
      fc.tuple(
        fc.constant(content),
        fc.uniqueArray(fc.nat(content.length - 1), { minLength: 2, maxLength: 2 }),
      ),
    );
    fc.assert(
      fc.property(
        two,
        fc.uniqueArray(name, { minLength: 16, maxLength: 16 }),
        ([content, [i = 0, j = 1]], all) => {
          const said = (part: readonly string[]) => ({
            title: part.slice(0, 3).join(" "),
            body: part.slice(3).join(" "),
          });
          const one = at(content, i, said(all.slice(0, 8)));
          const other = at(content, j, said(all.slice(8)));
          expect(recognise([other], [{ ...one, id: "f1" }])).toEqual([null]);
          expect(isSameFault(one, other)).toBe(false);
        },
      ),
    );
  });

  test("on a line that reads the same and stands elsewhere", () => {
    const body = (of: string) => [
      `function ${of}() {`,
      `  if (${of}Missing) {`,
      "    return null;",
      "  }",
      `  use(${of});`,
    ];
    const content = [...body("alpha"), ...body("beta")];
    const one = {
      ...at(content, 2, { title: "alpha returns null", body: "Callers expect a list." }),
      id: "f1",
    };
    const other = at(content, 7, { title: "Nothing is logged", body: "When beta is missing, nobody hears." });
    expect(recognise([other], [one])).toEqual([null]);
  });

  test("when two new ones are like one earlier: the likest takes its number", () => {
    const content = ["a = first();", "b = second();", "c = third();"];
    const earlier = {
      ...at(content, 1, { title: "second fails on empty input", body: "It throws." }),
      id: "f1",
    };
    const same = at(content, 1, { title: "Empty input throws", body: "second() throws." });
    const words = { ...at(content, 2, { title: "second fails on empty input", body: "It throws." }) };
    expect(recognise([words, same], [earlier])).toEqual([null, "f1"]);
  });
});

test("two reviewers who see one fault on lines near to each other say it once, far from each other twice", () => {
  const content = Array.from({ length: 40 }, (_, n) => `step${n}(value${n});`);
  const said = { title: "Negative amounts lose their sign", body: "formatMoney(-85) prints 0.85." };
  expect(isSameFault(at(content, 10, said), at(content, 12, said))).toBe(true);
  expect(isSameFault(at(content, 10, said), at(content, 30, said))).toBe(false);
});
