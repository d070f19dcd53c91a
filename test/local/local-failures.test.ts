import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { runGit } from "../support/sample-repository.ts";
import { differences, snapshot } from "./folder-snapshot.ts";
import { LocalWorld, summaryIn, type Ended } from "./local-world.ts";
import { toyRepository, toyTask } from "./toy-repository.ts";

describe("handback run that cannot work", { timeout: 60_000 }, () => {
  test("says that a folder is no repository", async () => {
    const { world } = await aWorld();
    const folder = path.join(world.directory, "plain");
    mkdirSync(folder);
    const missing = path.join(world.directory, "missing");
    const mend = "Give the folder of a git repository with --repo.\n";
    for (const directory of [folder, missing]) {
      const ended = await world.run(["run", "--repo", directory, toyTask]);
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(ended.stderr).toBe(`${directory} is not in a git repository.\n${mend}`);
    }
  });

  test("says that a repository has no commit", async () => {
    const { world } = await aWorld();
    const empty = path.join(world.directory, "empty");
    mkdirSync(empty);
    runGit(empty, "init", "-q");
    const ended = await world.run(["run", "--repo", empty, toyTask]);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /has no commit yet, so there is nothing to start from\.\nCommit something first\.\n$/,
    );
    expectNoStack(ended);
  });

  test("says that a clone is shallow", async () => {
    const { world, repository } = await aWorld();
    const shallow = path.join(world.directory, "shallow");
    runGit(world.directory, "clone", "-q", "--depth", "1", `file://${repository}`, shallow);
    const ended = await world.run(["run", "--repo", shallow, toyTask]);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toBe(
      `${shallow} is a shallow clone: parts of its history are missing.\nRun \`git fetch --unshallow\` there first.\n`,
    );
  });

  test("says that a branch is there already, before a model is asked", async () => {
    const { world, repository } = await aWorld();
    runGit(repository, "branch", "taken");
    const before = snapshot(repository);
    for (const branch of ["taken", "taken/under"]) {
      const ended = await world.run(["run", "--repo", repository, "--branch", branch, toyTask]);
      expect(ended.exitCode).toBe(1);
      expect(ended.stderr).toContain(
        `The branch ${branch} is there already, or one that its name collides with.\n`,
      );
      expect(ended.stderr).toContain("or choose another name with --branch.\n");
      expectNoStack(ended);
    }
    const wrong = await world.run(["run", "--repo", repository, "--branch", "two words", toyTask]);
    expect(wrong.stderr).toContain(
      '"two words" cannot be a branch\'s name.\nChoose another name with --branch.\n',
    );
    expect(world.model.requests).toEqual([]);
    expect(differences(before, snapshot(repository))).toEqual([]);
  });

  test("asks for a key when there is none", async () => {
    const { world, repository } = await aWorld();
    const env = { ANTHROPIC_API_KEY: undefined, ANTHROPIC_BASE_URL: undefined };
    const ended = await world.run(["run", "--repo", repository, toyTask], { env });
    expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ended.stderr).toBe(
      "There is no key for a model, so no agent can work.\nSet ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL for another endpoint than Anthropic's own.\n",
    );
  });

  test("tells a wrong key from the server's answer, and a model that is not known before it asks any", async () => {
    const { world, repository } = await aWorld();
    const before = snapshot(repository);
    const wrongKey = await world.run(["run", "--repo", repository, toyTask], {
      env: { ANTHROPIC_API_KEY: "not-the-key" },
    });
    expect(wrongKey.exitCode).toBe(1);
    expect(wrongKey.stderr).toContain("The model server does not accept the API key.\n");
    expectNoStack(wrongKey);

    const unknown = await world.run(
      ["run", "--json", "--repo", repository, "--model", "planner=gpt-nine", toyTask],
      {},
    );
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain(
      "`--model planner=gpt-nine`: There is no model `gpt-nine`.\nUse one of ",
    );
    expectNoStack(unknown);
    expect(summaryIn(unknown)).toMatchObject({
      conclusion: "failed",
      branch: null,
      headSha: null,
      verdict: null,
      failure: { code: "settings.unknown_model" },
    });
    expect(differences(before, snapshot(repository))).toEqual([]);
  });

  test("says that Docker or the image is missing", async () => {
    const { world, repository } = await aWorld();
    const engine = await world.run(["run", "--repo", repository, toyTask], {
      env: { DOCKER_HOST: "tcp://127.0.0.1:1" },
    });
    expect(engine).toMatchObject({ exitCode: 1, stdout: "" });
    expect(engine.stderr).toMatch(/^Docker cannot be reached \(ECONNREFUSED\)\.?\nStart Docker/);
    expectNoStack(engine);
    const image = await world.run(["run", "--repo", repository, toyTask], {
      env: { SANDBOX_IMAGE: "handback-nowhere:1" },
    });
    expect(image.exitCode).toBe(1);
    expect(image.stderr).toMatch(/^the sandbox image handback-nowhere:1 is not on this machine\.?\nRun bin/i);
    expectNoStack(image);
  });

  test("names the line of a settings file that cannot be used", async () => {
    const { world, repository } = await aWorld();
    mkdirSync(path.join(repository, ".github"));
    writeFileSync(path.join(repository, ".github/handback.yml"), "budget:\n  usd: much\n");
    runGit(repository, "add", "--all");
    runGit(repository, "commit", "-q", "-m", "Settings");
    const ended = await world.run(["run", "--repo", repository, toyTask]);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain("`.github/handback.yml` on `main` cannot be used");
    expect(ended.stderr).toContain("line 2");
    expectNoStack(ended);
  });

  test("does not put its data into the repository, nor where it cannot write", async () => {
    const { world, repository } = await aWorld();
    const inside = await world.run(["run", "--repo", repository, toyTask], {
      env: { HANDBACK_DATA: path.join(repository, ".handback") },
    });
    expect(inside.exitCode).toBe(1);
    expect(inside.stderr).toMatch(
      /is inside the repository .*\nSet HANDBACK_DATA to a folder outside of it\.\n$/,
    );
    const file = path.join(world.directory, "a-file");
    writeFileSync(file, "");
    const nowhere = await world.run(["run", "--repo", repository, toyTask], { env: { HANDBACK_DATA: file } });
    expect(nowhere.exitCode).toBe(1);
    expect(nowhere.stderr).toMatch(/^The database .* cannot be opened or created\.\n/);
    expectNoStack(nowhere);
    expect(runGit(repository, "status", "--porcelain")).toBe("");
  });
});

async function aWorld(): Promise<{ world: LocalWorld; repository: string }> {
  const world = await LocalWorld.start([]);
  return { world, repository: toyRepository(path.join(world.directory, "greeter")) };
}

function expectNoStack({ stderr }: Ended): void {
  expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
}
