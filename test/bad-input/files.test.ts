import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { BadInputWorld } from "./support/bad-input-world.ts";
import { changed, checkedFiles, coder, commit } from "./support/scenes.ts";
import { onlyAnAnswer } from "./support/writes.ts";

let world: BadInputWorld;
beforeAll(async () => {
  world = await BadInputWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const megabyte = 1024 * 1024;
/** What came in of the pull request: paths and the hashes of their bytes. */
function filesOn(repository: string, branch: string): Map<string, string> {
  const { gitDirectory } = world.github.repository(repository);
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: gitDirectory });
  const paths = git("ls-tree", "-r", "-z", "--name-only", branch).toString().split("\0").filter(Boolean);
  return new Map(paths.map((path) => [path, sha256(git("cat-file", "blob", `${branch}:${path}`))]));
}

function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function messagesOf(title: string): string[] {
  const first = world.model.requests.map(({ messages }) => JSON.stringify(messages[0]));
  return first.filter((message) => message.includes(title));
}

describe("files that are not plain text with plain names", { concurrent: true, timeout: 120_000 }, () => {
  test("pass through byte by byte when they are binary, and the checks can see them", async () => {
    const repository = await world.repository({ ...checkedFiles, "data.bin": "old\n" });
    // The smallest PNG that is one.
    const png =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    world.script(
      coder("Draw a dot", [
        `echo ${png} | base64 -d > dot.png; printf '\\000\\001\\377\\r\\n\\000' > data.bin; printf 'a\\r\\nb\\r\\n' > dos.txt; echo more >> README.md; ${commit}`,
      ]),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Draw a dot" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "approve" });
    expect(words).toContain("### Handed back: #2");
    const files = filesOn(repository, branchOf(repository));
    expect(files.get("dot.png")).toBe(sha256(Buffer.from(png, "base64")));
    expect(files.get("data.bin")).toBe(sha256(Buffer.from([0, 1, 255, 13, 10, 0])));
    expect(files.get("dos.txt")).toBe(sha256("a\r\nb\r\n"));
  });

  test("pass through with spaces, line breaks, unicode and leading dashes, and are reviewed line by line", async () => {
    const names = [
      "a b.txt",
      "line\nbreak.txt",
      "naïve-日本-🙂.txt",
      "-rf",
      "--upload-pack=x",
      "quo\"te'.txt",
      "tab\tbed.txt",
      " ",
    ];
    const repository = await world.repository(checkedFiles);
    const make = `import pathlib\nfor name in ${JSON.stringify(names)}:\n    pathlib.Path("/workspace", name).write_text("one\\ntwo\\n")\n`;
    const title = "Name files oddly";
    const findings = names.map((path, index) => ({
      severity: "minor" as const,
      path,
      line: 2,
      quote: "two",
      title: `Finding ${index}`,
      body: "Is this line needed?",
      suggestion: null,
      evidence: null,
    }));
    world.script(coder(title, [`python3 - <<'END'\n${make}END\n${commit} && git show --stat | cat`]), {
      role: "reviewer",
      when: title,
      turns: [{ calls: [finish({ summary: "Odd.", findings, unverified: [] })] }],
    });
    const { conclusion, words } = await world.askAndWait(repository, { title });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "approve" });
    const files = filesOn(repository, branchOf(repository));
    for (const name of names) expect(files.get(name), JSON.stringify(name)).toBe(sha256("one\ntwo\n"));
    const { pull } = world.github.repository(repository).issues[1]!;
    expect(pull!.threads.map(({ path, line }) => [path, line])).toEqual(names.map((name) => [name, 2]));
    expect(words).toContain("8 found, 0 fixed, 8 open.");
  });
});

describe("a change to a workflow", { concurrent: true, timeout: 120_000 }, () => {
  const editWorkflow = `mkdir -p .github/workflows && echo 'on: push' > .github/workflows/ci.yml && echo more >> README.md && ${commit}`;

  test("is refused with the rule, and a coder who leaves it out is handed back", async () => {
    const repository = await world.repository(checkedFiles);
    const title = "Run the tests on every push";
    const mend: Scene = {
      role: "coder",
      when: new RegExp(`${title}[^]*but it was refused`),
      turns: [
        { calls: [bash(`git reset -q --soft HEAD~1 && git rm -rqf .github && ${commit}`)] },
        { calls: [changed({ summary: "The workflow itself is left to a person." })] },
      ],
    };
    world.script(mend, coder(title, [editWorkflow]));
    const { conclusion } = await world.askAndWait(repository, { title });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "approve" });
    const told = messagesOf(title).filter((message) => message.includes("but it was refused"));
    expect(told[0]).toContain(
      "`.github/workflows/ci.yml` falls under `.github/**`, which agents may not change",
    );
    expect([...filesOn(repository, branchOf(repository)).keys()]).toEqual([
      "Makefile",
      "README.md",
      "check.sh",
    ]);
  });

  test("that the coder insists on ends the run, with the file and the rule named", async () => {
    const repository = await world.repository(checkedFiles);
    world.script(
      coder(/Insist on a workflow[^]*but it was refused/, [`date +%N >> README.md; ${commit}`]),
      coder("Insist on a workflow", [editWorkflow]),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Insist on a workflow" });
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "quarantine.denied_path" } });
    expect(words).toContain(
      "**`.github/workflows/ci.yml` falls under `.github/**`, which agents may not change.**",
    );
    expect(words).toContain("Leave it out of every commit; a person can make this change by hand.");
    expect(words).toContain("say how to do without it, and write the command again");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });
});

describe("a file of 300 MB", { timeout: 150_000 }, () => {
  test.each([
    {
      kind: "that packs to nothing",
      make: "truncate -s 300M big.bin",
      refusal: "`big.bin` has 300 MB, more than the 50 MB that a file may have",
    },
    // Stored as it is, since compressing it would take a minute.
    {
      kind: "of noise",
      make: "git config core.compression 0; openssl enc -aes-128-ctr -nosalt -pass pass:x -in /dev/zero 2>/dev/null | head -c 314572800 > big.bin",
      refusal: "the commits are too big to take out of the sandbox",
    },
  ])("$kind is refused; the coder is told, and hands in the rest", async ({ kind, make, refusal }) => {
    const repository = await world.repository(checkedFiles);
    const title = `Add a file ${kind}`;
    world.script(
      coder(new RegExp(`${title}[^]*but it was refused`), [
        `git reset -q --soft HEAD~1 && git rm -q --cached big.bin && rm big.bin && ${commit}`,
      ]),
      coder(title, [`${make}; ls -l big.bin; echo more >> README.md; ${commit}`]),
    );
    const before = process.memoryUsage().rss;
    let highest = before;
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 20);
    const { conclusion, words } = await world.askAndWait(repository, { title });
    clearInterval(watch);
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "approve" });
    expect(words).toContain("### Handed back: #2");
    const told = messagesOf(title).filter((message) => message.includes("but it was refused"));
    expect(told[0]).toContain(refusal);
    expect(told[0]).toMatch(/Leave (?:the file|large or generated files) out of/);
    // At most the limit for a bundle (64 MB) with its buffers; never the file.
    expect((highest - before) / megabyte).toBeLessThan(200);
    expect([...filesOn(repository, branchOf(repository)).keys()]).not.toContain("big.bin");
  });

  test("from a coder who insists ends the run, with the file named and nothing pushed", async () => {
    const repository = await world.repository(checkedFiles);
    world.script(
      coder(/Insist on a large file[^]*but it was refused/, [`date +%N >> README.md; ${commit}`]),
      coder("Insist on a large file", [`truncate -s 300M big.bin; ${commit}`]),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Insist on a large file" });
    expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "quarantine.file_too_big" } });
    expect(words).toContain("**`big.bin` has 300 MB, more than the 50 MB that a file may have.**");
    expect(words).toContain("Leave the file out of every commit (see .gitignore)");
    expect(words).toContain("say how to do without it, and write the command again");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });
});

function branchOf(repository: string): string {
  return world.github.repository(repository).issues.find(({ pull }) => pull)!.pull!.head.ref;
}
