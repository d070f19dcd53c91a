import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dependenciesIn } from "../../src/git/dependencies-in.ts";
import type { DependencyChange } from "../../src/git/dependency-changes.ts";
import { notesOf, recordedNotes } from "../../src/steps/change-notes.ts";
import { dependencyTable } from "../../src/steps/notes-markdown.ts";
import { openPullRequest } from "../../src/steps/open-pull-request.ts";
import { git } from "../local-github/support/test-github.ts";
import { guardedChange } from "./support/change-in-quarantine.ts";
import { pushOnLocalGitHub } from "./support/push-on-local-github.ts";

const manifest = (dependencies: object): string => JSON.stringify({ name: "x", dependencies });

async function found(
  before: Record<string, string>,
  after: Record<string, string | null>,
): Promise<readonly DependencyChange[]> {
  const change = guardedChange({ files: { "README.md": "x\n", ...before } });
  change.commit(after);
  return notesOf(await change.admit()).dependencies ?? [];
}

describe("what a change adds is found in", () => {
  const cases: Record<string, [before: string, after: string, added: [string, string][]]> = {
    "package.json": [
      manifest({ ms: "^2.0.0" }),
      JSON.stringify({
        dependencies: { ms: "^2.0.0" },
        devDependencies: { "@scope/evil": "1.0.0" },
        optionalDependencies: { x: "github:a/b" },
      }),
      [
        ["@scope/evil", "1.0.0"],
        ["x", "github:a/b"],
      ],
    ],
    "app/package-lock.json": [
      '{"packages":{"":{"version":"1.0.0"}}}',
      '{"packages":{"":{"version":"1.0.0"},"node_modules/a":{"version":"1.2.3"},"node_modules/a/node_modules/@b/c":{"version":"2.0.0"}}}',
      [
        ["a", "1.2.3"],
        ["@b/c", "2.0.0"],
      ],
    ],
    "pnpm-lock.yaml": [
      "lockfileVersion: '9.0'\n",
      "lockfileVersion: '9.0'\n\npackages:\n\n  '@b/c@2.0.0':\n    resolution: {}\n\n  ms@2.1.3:\n    resolution: {}\n",
      [
        ["@b/c", "2.0.0"],
        ["ms", "2.1.3"],
      ],
    ],
    "yarn.lock": [
      "# yarn\n",
      '# yarn\n\n"@b/c@^2.0.0":\n  version "2.0.1"\n\nms@2.1.3, ms@^2.1.1:\n  version "2.1.3"\n',
      [
        ["@b/c", "2.0.1"],
        ["ms", "2.1.3"],
      ],
    ],
    "requirements-dev.txt": [
      "flask==1.0\n",
      "flask==1.0\n# why\nrequests>=2.0  # pinned\nuvicorn[standard]\n",
      [
        ["requests", ">=2.0"],
        ["uvicorn", ""],
      ],
    ],
    "pyproject.toml": [
      "[project]\ndependencies = []\n",
      '[project]\nname = "x"\ndependencies = [\n  "httpx>=0.27",\n]\n\n[tool.poetry.dependencies]\nrich = "^13"\n',
      [
        ["rich", "^13"],
        ["httpx", ">=0.27"],
      ],
    ],
    "Cargo.toml": [
      '[package]\nversion = "1"\n',
      '[package]\nversion = "2"\n[dependencies]\nserde = { version = "1.0", features = ["x"] }\n[dev-dependencies.rand]\nversion = "0.8"\n',
      [
        ["serde", "1.0"],
        ["rand", ""],
      ],
    ],
    "go.mod": [
      "module example.com/x\n\ngo 1.22\n",
      "module example.com/x\n\ngo 1.22\n\nrequire (\n\tgithub.com/evil/pkg v1.2.3\n)\nrequire golang.org/x/net v0.1.0 // indirect\n",
      [
        ["github.com/evil/pkg", "v1.2.3"],
        ["golang.org/x/net", "v0.1.0"],
      ],
    ],
    Gemfile: [
      "source 'https://rubygems.org'\n",
      "source 'https://rubygems.org'\ngem 'rails', '~> 7.0'\ngem \"pry\"\n",
      [
        ["rails", "~> 7.0"],
        ["pry", ""],
      ],
    ],
  };
  test.each(Object.entries(cases))("%s", async (file, [before, after, added]) => {
    const changes = await found({ [file]: before }, { [file]: after });
    expect(changes).toEqual(added.map(([name, to]) => ({ file, name, from: null, to })));
  });

  test("a manifest that is new, one that is taken away, and one that cannot be read", async () => {
    expect(await found({}, { "package.json": manifest({ a: "1" }) })).toMatchObject([
      { name: "a", from: null, to: "1" },
    ]);
    expect(await found({ "package.json": manifest({ a: "1" }) }, { "package.json": null })).toMatchObject([
      { name: "a", from: "1", to: null },
    ]);
    expect(await found({}, { "package.json": "{ not json", "Cargo.toml": "\0" })).toEqual([]);
  });
});

test("the pull request lists new and changed packages, with what a manifest names first, and nothing in it comes alive", async () => {
  const world = await pushOnLocalGitHub();
  mkdirSync(join(world.work, "app"));
  writeFileSync(
    join(world.work, "app/package.json"),
    manifest({ "evil|@bob": "1.0.0", "left-pad": "![x](https://evil.example/x.png)" }),
  );
  writeFileSync(
    join(world.work, "app/package-lock.json"),
    '{"packages":{"node_modules/deep":{"version":"9.9.9"}}}',
  );
  await git(world.work, "add", "-A");
  world.commit("Take a package");
  const { headSha } = await world.push(world.baseSha, true);
  const change = {
    kind: "changed",
    headSha,
    artifact: "x",
    title: "T",
    summary: "S.",
    unverified: [],
    answers: [],
    checks: [],
    gaveUp: null,
  } as const;
  const { number } = await openPullRequest(world.open, { task: world.task, change });
  const { body } = (await world.repository.getPull(number))!;
  expect(body).toContain("#### New dependencies\n\n| Package | Before | Now | In |");
  expect(body).toContain("| `evil\\|@bob` | new | `1.0.0` | `app/package.json` |");
  expect(body).toContain("| `deep` | new | `9.9.9` | `app/package-lock.json` |");
  expect(body.indexOf("left-pad")).toBeLessThan(body.indexOf("deep"));
});

test("what a later push takes back is not listed, and what it changes counts from the beginning", () => {
  const one = (name: string, from: string | null, to: string | null) => ({
    file: "package.json",
    name,
    from,
    to,
  });
  const pushed = (step: string, dependencies: DependencyChange[]) =>
    ({ type: "step.completed", step, result: { headSha: "x", dependencies }, seconds: 1 }) as const;
  const { dependencies } = recordedNotes([
    pushed("push", [one("gone", null, "1"), one("kept", null, "1"), one("up", "1", "2")]),
    pushed("push-1", [one("gone", "1", null), one("up", "2", "3")]),
  ]);
  expect(dependencies).toEqual([one("kept", null, "1"), one("up", "1", "3")]);
});

test("a manifest that is made to be slow to read is read in no time", () => {
  const before = performance.now();
  for (const name of [
    "pyproject.toml",
    "Cargo.toml",
    "requirements.txt",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.mod",
    "Gemfile",
  ]) {
    for (const part of ["a=[\n", "[", "a.", "a=", "'", '"a', " ", "@a/", "gem '"]) {
      dependenciesIn(name, part.repeat((1 << 20) / part.length));
    }
  }
  expect(performance.now() - before).toBeLessThan(20_000);
});

test("a long list is cut, and says so", () => {
  const many = Array.from({ length: 100 }, (_, n) => ({
    file: "go.mod",
    name: `m${n}`,
    from: null,
    to: "v1",
  }));
  const table = dependencyTable(many);
  expect(table.split("\n")).toHaveLength(34);
  expect(table).toContain("70 more stand in the diff.");
});

test("a manifest that is made to be slow to read is read in a moment", () => {
  const line = `[${" ".repeat(998)}`;
  const startedAt = performance.now();
  expect(dependenciesIn("Cargo.toml", Array.from({ length: 600 }, () => line).join("\n"))).toEqual(new Map());
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
