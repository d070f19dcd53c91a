import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeSampleRepository } from "../../src/demo/sample-repository.ts";
import { defectsOf } from "../../src/eval/defects.ts";
import { mergedChanges } from "../../src/eval/merged-changes.ts";
import { makeScratchRepository } from "../../src/eval/scratch-repository.ts";
import { hostGit } from "../../src/git/host-git.ts";
import { readCommittedFile } from "../../src/git/read-commit.ts";

const { signal } = new AbortController();

async function basket() {
  const directory = await mkdtemp(path.join(tmpdir(), "hb-eval-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return makeSampleRepository({ name: "basket", directory });
}

test("Changes come newest first, with what they are for and which of their files are tests; the first commit is left out", async () => {
  const { gitDir, headSha } = await basket();
  const changes = await mergedChanges({ mirror: gitDir, head: headSha, depth: 100, signal });
  expect(changes.map(({ title }) => title)).toEqual([
    "Read amounts as they are typed at the till",
    "Take things back",
    "Print the receipt",
    "Share a discount out over the lines",
    "Take percentages off and honour vouchers",
    "Collect scanned items in lines",
    "Work out the VAT within a price",
  ]);
  expect(changes[1]).toMatchObject({
    author: "Tomas Lindqvist",
    body: expect.stringContaining("A line with a quantity below zero is a return."),
    sources: ["src/basket.ts", "src/discount.ts", "src/receipt.ts"],
    tests: ["test/basket.test.ts", "test/checkout.test.ts", "test/discount.test.ts", "test/vat.test.ts"],
  });
  expect(await mergedChanges({ mirror: gitDir, head: headSha, depth: 2, signal })).toHaveLength(2);
});

test("Faults are put only into lines that the change wrote, and the rest of the file stays", async () => {
  const { gitDir, headSha } = await basket();
  const [, back] = await mergedChanges({ mirror: gitDir, head: headSha, depth: 2, signal });
  const defects = await defectsOf(back!, { mirror: gitDir, signal });
  expect(defects.map(({ path: file, line, what }) => `${file}:${line} ${what}`)).toContain(
    "src/discount.ts:9 <= became <",
  );
  const text = await readCommittedFile({
    mirror: gitDir,
    commit: back!.sha,
    path: "src/discount.ts",
    signal,
  });
  for (const defect of defects.filter(({ path: file }) => file === "src/discount.ts")) {
    const differing = defect.content.split("\n").filter((line, n) => line !== text?.split("\n")[n]);
    expect(differing).toEqual([defect.after]);
  }
});

test("What an agent is given holds nothing that came later, and what is made on it has the files asked for", async () => {
  const { gitDir, headSha } = await basket();
  const [newest] = await mergedChanges({ mirror: gitDir, head: headSha, depth: 1, signal });
  await using scratch = await makeScratchRepository({ from: gitDir, sha: newest!.baseSha, signal });
  const objects = await hostGit(["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"], {
    gitDir: scratch.gitDir,
    signal,
  });
  expect(objects.toString()).toContain(newest!.baseSha);
  expect(objects.toString()).not.toContain(headSha);
  const files = new Map([
    ['src/a file "with" ü.ts', { mode: "100644", content: "one\ntwo" }],
    ["src/money.ts", null],
  ]);
  const made = await scratch.commit({ parent: newest!.baseSha, files, message: "Made" });
  const at = { mirror: scratch.gitDir, commit: made, signal };
  expect(await readCommittedFile({ ...at, path: 'src/a file "with" ü.ts' })).toBe("one\ntwo");
  expect(await readCommittedFile({ ...at, path: "src/money.ts" })).toBeNull();
  expect(await readCommittedFile({ ...at, path: "src/vat.ts" })).not.toBeNull();
});
