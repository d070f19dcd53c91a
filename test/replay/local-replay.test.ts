import { rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import type { Scene } from "../../src/demo/script.ts";
import { LocalWorld } from "../local/local-world.ts";
import { quickToyScenes, toyRepository, toyTask } from "../local/toy-repository.ts";
import { runGit } from "../support/sample-repository.ts";

/** As quickToyScenes, with a coder of two turns, of which the second is what a model may say otherwise next time. */
function scenesWith(answer: string): Scene[] {
  const coder: Scene = {
    role: "coder",
    when: toyTask,
    turns: [
      { say: "First a look.", calls: [bash("cat src/greet.mjs; date +%N > /tmp/when; cat /tmp/when")] },
      {
        say: answer,
        calls: [bash(`echo '${change(answer)}' > src/greet.mjs && git commit -qam "${answer}"`)],
      },
      {
        calls: [
          finish({ outcome: "changed", title: answer, summary: "It greets.", unverified: [], answers: [] }),
        ],
      },
    ],
  };
  return [coder, ...quickToyScenes().filter(({ role }) => role !== "coder")];
}

function change(word: string): string {
  return `export const greet = (name = "you") => "${word}, " + name;`;
}

describe("a run of handback run", { timeout: 180_000 }, () => {
  test("is replayed after its repository is gone", async () => {
    const world = await LocalWorld.start(quickToyScenes());
    const repository = toyRepository(path.join(world.directory, "greeter"));
    expect((await world.run(["run", "--repo", repository, toyTask])).exitCode).toBe(0);
    rmSync(repository, { recursive: true, force: true });
    rmSync(path.join(world.dataDirectory, "mirrors"), { recursive: true, force: true });

    const ended = await world.run(["replay", "latest"], {
      env: {
        ANTHROPIC_API_KEY: undefined,
        ANTHROPIC_BASE_URL: undefined,
        DOCKER_HOST: "unix:///nowhere.sock",
      },
    });

    expect(ended.stderr).toBe("");
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe("1 replayed, 0 diverged");
    expect(ended.exitCode).toBe(0);
  });

  test("goes on for real from a turn on: earlier calls are made again, then the model answers anew", async () => {
    const world = await LocalWorld.start(scenesWith("Hello"));
    const repository = toyRepository(path.join(world.directory, "greeter"));
    expect((await world.run(["run", "--repo", repository, toyTask])).exitCode).toBe(0);
    const refs = runGit(repository, "for-each-ref");
    const other = await LocalWorld.start(scenesWith("Good morning"));
    const env = { ANTHROPIC_API_KEY: other.model.apiKey, ANTHROPIC_BASE_URL: other.model.url };

    const ended = await world.run(["replay", "latest", "--step", "write-code", "--from", "2", "--live"], {
      env,
    });

    expect(ended.exitCode).toBe(0);
    // The diff that the other model's answer made, and the checks that passed on it.
    expect(ended.stdout).toContain('+export const greet = (name = "you") => "Good morning, " + name;');
    expect(ended.stdout).toContain('"kind": "changed"');
    expect(ended.stderr).toMatch(/✅ passed/);
    expect(ended.stderr).toContain("2 answers of the model, < $0.01. Nothing was written to GitHub.");
    // What the clock said then and says now.
    expect(ended.stderr).toMatch(/coder, turn 1, bash gives something else than then:\n- \d+\n\+ \d+\n/);
    // The first answer was the recorded one.
    expect(other.model.requests).toHaveLength(2);
    expect(runGit(repository, "for-each-ref")).toBe(refs);
  });

  test("says what is wrong with what was typed, before anything is loaded", async () => {
    const world = await LocalWorld.start([]);
    for (const [args, words] of [
      [["replay"], "No run is named."],
      [["replay", "r1", "--all"], "It is not clear which run: r1, --all."],
      [["replay", "r1", "--turn", "2"], "--turn counts in a step."],
      [["replay", "r1", "--step", "plan", "--turn", "0"], '"0" is none.'],
      [["replay", "r1", "--live"], "--from and --live go together."],
      [["replay", "--all", "--step", "plan", "--from", "1", "--live"], "name RUN and --step."],
    ] as const) {
      const ended = await world.run(args);
      expect(ended.stderr).toContain(words);
      expect(ended.exitCode).toBe(2);
    }
    const unknown = await world.run(["replay", "rnothing"]);
    expect(unknown.stderr).toContain("There is no run rnothing");
    expect(unknown.exitCode).toBe(1);
    const none = await world.run(["replay", "--all-demo"]);
    expect(none.stderr).toMatch(/There is no record of a demo at .*Run `npm run demo` here first/s);
  });
});
