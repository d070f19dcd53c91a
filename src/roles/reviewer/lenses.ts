import { lenses as allLenses, type Lens } from "../../run/lens.ts";
import { promptFile } from "../prompt-file.ts";

/** What one reviewer is to look at. */
export interface Assignment {
  /** For the journal and names of sandboxes: `correctness`, `correctness-tests`. */
  readonly name: string;
  readonly lenses: readonly Lens[];
}

/**
 * Who looks at what: one reviewer for each lens, and two for a small change, since there the task, the diff and the way
 * to a running program cost more than the looking.
 */
export function assignLenses(lenses: readonly Lens[], changes: number): readonly Assignment[] {
  const wanted = allLenses.filter((lens) => lenses.includes(lens));
  const groups =
    changes <= smallChange ? pairs.map((pair) => pair.filter((lens) => wanted.includes(lens))) : [];
  const used = groups.filter((group) => group.length > 0);
  const each = used.length > 0 ? used : wanted.map((lens) => [lens]);
  return each.map((group) => ({ name: group.join("-"), lenses: group }));
}

/** The end of a reviewer's first message: the only part of it that others do not share. */
export function describeLenses(lenses: readonly Lens[]): string {
  const heading = lenses.length === 1 ? "Your lens" : "Your lenses";
  const others = allLenses.filter((lens) => !lenses.includes(lens));
  const rest =
    others.length === 0
      ? ""
      : `Others look at the rest (${others.join(", ")}), each in a sandbox of their own. A fault of theirs which you run into and can show is worth a finding; do not go looking for it.`;
  const texts = lenses.map((lens) => `## ${lens}\n\n${lensTexts[lens]}`);
  return [`# ${heading}: ${lenses.join(" and ")}`, ...texts, rest, "Review this change."]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Written and removed lines of a change that a person reads on one screen or two. */
const smallChange = 80;

/** What goes well together: whether it does what it should with the tests that say so, what breaks it with what it need not have. */
const pairs: readonly (readonly Lens[])[] = [
  ["correctness", "tests"],
  ["robustness", "simplicity"],
];

const lensTexts: Readonly<Record<Lens, string>> = {
  correctness: promptFile(import.meta.url, "correctness.md"),
  robustness: promptFile(import.meta.url, "robustness.md"),
  tests: promptFile(import.meta.url, "tests.md"),
  simplicity: promptFile(import.meta.url, "simplicity.md"),
};
