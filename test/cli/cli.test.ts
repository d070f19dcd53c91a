import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bin, runCli } from "./run-cli.ts";

describe("handback", () => {
  test("lists its commands for --help, -h, help, and for nothing at all", async () => {
    const [bare, ...others] = await Promise.all(
      [[], ["--help"], ["-h"], ["help"]].map((args) => runCli(args)),
    );
    expect(bare).toMatchObject({ exitCode: 0, stderr: "" });
    for (const name of ["start", "web", "worker", "run", "demo", "doctor", "local-github"]) {
      expect(bare?.stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    }
    for (const other of others) expect(other).toEqual(bare);
  });

  test("says which version it is", async () => {
    const { version } = JSON.parse(
      readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8"),
    ) as { version: string };
    expect(await runCli(["--version"])).toEqual({ exitCode: 0, stdout: `handback ${version}\n`, stderr: "" });
  });

  test("shows a command's options, also through help", async () => {
    const [option, help] = await Promise.all([runCli(["run", "--help"]), runCli(["help", "run"])]);
    expect(option).toMatchObject({ exitCode: 0, stderr: "" });
    expect(option.stdout).toContain("--verify COMMAND");
    expect(help).toEqual(option);
  });

  test("suggests the nearest of its commands, and refuses with exit code 2", async () => {
    const [near, far, asked] = await Promise.all([
      runCli(["docter"]),
      runCli(["\u001b[31mfrobnicate"]),
      runCli(["help", "rnu"]),
    ]);
    expect(near).toEqual({
      exitCode: 2,
      stdout: "",
      stderr:
        'There is no command "docter". Did you mean `handback doctor`?\nhandback --help lists them all.\n',
    });
    expect(far.exitCode).toBe(2);
    expect(far.stderr).toBe(
      'There is no command "\\u001b[31mfrobnicate".\nhandback --help lists them all.\n',
    );
    expect(asked.stderr).toContain("Did you mean `handback run`?");
  });

  test.each([
    [["run"], "There is no task.\n"],
    [["run", "--rouns", "2", "x"], "`handback run` has no option --rouns. Did you mean --rounds?\n"],
    [["run", "--rounds", "99", "x"], "--rounds takes a number from 1 to 10, --rounds 2; it got 99.\n"],
    [["run", "--rounds", "2 --budget 1usd", "x"], "--rounds takes"],
    [["run", "--model", "coder=", "x"], "--model"],
    [["run", "--budget", "-5", "x"], "--budget"],
    [["start", "--port", "80"], "`handback start` has no option --port.\n"],
    [["doctor", "--jsno"], "`handback doctor` has no option --jsno. Did you mean --json?\n"],
    [["doctor", "everything"], "Unexpected argument 'everything'"],
  ])("refuses %j with exit code 2 and no stack", async (args, words) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain(words);
    expect(ended.stderr.split("\n").length).toBeLessThanOrEqual(4);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test("goes quietly when nobody reads on", () => {
    const script = `set -o pipefail; '${bin}' --help | true; echo "$?"; '${bin}' nonsense 2>&1 | true; echo "$?"`;
    const ended = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(ended).toMatchObject({ stdout: "0\n2\n", stderr: "" });
  });
});
