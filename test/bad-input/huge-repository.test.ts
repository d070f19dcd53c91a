import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish, read } from "../../src/demo/scripts/calls.ts";
import { admitBundle } from "../../src/git/quarantine.ts";
import { listFiles } from "../../src/git/read-commit.ts";
import { detectChecks } from "../../src/run/detect-checks.ts";
import { LocalWorld, summaryIn } from "../local/local-world.ts";
import { hugeRepository } from "../support/huge-repository.ts";
import { runGit, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

const files = 200_000;
/** A whole run checks the repository out seven times; HANDBACK_TEST_FILES=200000 takes it to the full number. */
const filesOfRun = Number(process.env["HANDBACK_TEST_FILES"] ?? 20_000);
const limits = { memoryMb: 2048, cpus: 2, pids: 512, diskMb: 2048, minutes: 10 };
const task = "Say in the README how many modules there are";
const commitLine = "git ls-files | wc -l >> README.md && git add -A && git commit -qm 'Count the modules'";

const scenes: readonly Scene[] = [
  {
    role: "planner",
    when: task,
    turns: [
      { calls: [bash("git ls-files"), read("README.md")] },
      { calls: [finish({ summary: "Count them.", steps: ["Write it."], risks: [] })] },
    ],
  },
  {
    role: "coder",
    when: task,
    turns: [
      { calls: [bash("rg -l 'answer77777 '"), bash("find . -name '*.ts'"), bash(commitLine)] },
      {
        calls: [
          finish({ outcome: "changed", title: "Count", summary: "Counted.", unverified: [], answers: [] }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when: task,
    turns: [
      { calls: [bash("git status --short; git diff --stat HEAD~1")] },
      { calls: [finish({ summary: "It does.", findings: [], unverified: ["x"] })] },
    ],
  },
];

describe("a repository of 200,000 files", { timeout: 240_000 }, () => {
  let huge: SampleRepository;
  beforeAll(async () => void (huge = await hugeRepository(files)), 120_000);
  afterAll(() => huge?.[Symbol.dispose]());

  test("fits in a sandbox as it is set when nobody sets it, and a commit there stores what it changes", async () => {
    await using sandbox = await startSandbox(huge, { limits });
    expect(await sandbox.inspectWork(huge.commit)).toEqual({
      headSha: huge.commit,
      commits: 0,
      dirty: false,
    });
    const listed = await sandbox.exec("git ls-files");
    expect(listed.preview.length).toBeLessThan(5_000);
    expect(await sandbox.exec(`wc -l < ${listed.outputPath}`)).toMatchObject({ preview: `${files}\n` });
    await sandbox.exec("echo more >> README.md && git add -A && git commit -qm More");
    expect((await sandbox.exec("git count-objects")).preview).toMatch(/^3 objects,/);
    expect(await sandbox.inspectWork(huge.commit)).toMatchObject({ commits: 1, dirty: false });
    const bundle = await sandbox.bundle({ base: huge.commit, maxBytes: 100_000 });
    await using admitted = await admitBundle({
      bundle,
      mirror: huge.bare,
      base: huge.commit,
      directory: huge.root,
      limits: { maxBytes: 1e6, maxFileBytes: 1e6, maxFiles: 10 },
      deny: [],
    });
    expect(admitted.changes.map((change) => change.path)).toEqual(["README.md"]);
  });

  test("is seen on the host with all its paths", async () => {
    const paths = await listFiles({ mirror: huge.bare, commit: huge.commit });
    expect(paths).toHaveLength(files);
    const contents = { "package.json": '{ "scripts": { "test": "x" } }' };
    expect(detectChecks({ contents, paths })).toEqual({ setup: [], verify: ["npm test"] });
  });

  test("is refused with what it takes where the disk is set too small", async () => {
    const start = startSandbox(huge, { limits: { ...limits, diskMb: 512 } });
    await expect(start).rejects.toMatchObject({
      code: "sandbox.checkout_too_big",
      message: `the repository does not fit on the sandbox's disk: its ${files} files take 782 MB, and the workspace has 256 MB`,
      mend: expect.stringContaining("Set sandbox.diskMb in .github/handback.yml to 2560 (it is 512)."),
    });
  });

  test("leaves little room, and a disk that is full is not called a damaged repository", async () => {
    await using sandbox = await startSandbox(huge, { limits });
    // What git status learns it writes into a new index beside the old one, as large as that.
    await sandbox.exec("head -c 300000000 /dev/zero > big.bin; touch -d yesterday README.md");
    await expect(sandbox.inspectWork(huge.commit)).rejects.toMatchObject({ code: "sandbox.disk_full" });
  });
});

test(`a change in a repository of ${filesOfRun} files goes its whole way`, async () => {
  using huge = await hugeRepository(filesOfRun);
  const world = await LocalWorld.start(scenes);
  const ended = await world.run(["run", "--json", "--repo", huge.work, task]);
  expect(summaryIn(ended)).toMatchObject({
    conclusion: "handed_back",
    checks: [{ command: "npm test", exitCode: 0 }],
  });
  const branch = summaryIn(ended).branch ?? "";
  expect(runGit(huge.work, "diff", "--name-only", huge.commit, branch)).toBe("README.md\n");
  expect(runGit(huge.work, "show", `${branch}:README.md`)).toContain(`\n${filesOfRun}\n`);
}, 240_000);
