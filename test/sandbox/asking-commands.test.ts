import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { looksLikePrompt } from "../../sandbox/input-wait.ts";
import { bashTool } from "../../src/agent/tools/bash.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  sample = sampleRepository();
  sandbox = await startSandbox(sample);
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

async function run(command: string, seconds: number): Promise<string> {
  const bash = bashTool(sandbox);
  const input = bash.input.parse({ command, wait_seconds: seconds });
  const { text } = await bash.run(input, new AbortController());
  await bash.close?.();
  return text;
}

/** Does as if it were about to remove a package, without the rights to. */
const removeByApt =
  "mkdir -p /tmp/apt/archives/partial; apt-get -o Dir::Cache=/tmp/apt -o Debug::NoLocking=1 remove patch";

describe("a program that asks finds nobody, and its end says so", { timeout: 120_000 }, () => {
  test.each([
    [
      "npm init",
      "npm_config_yes= npm init",
      /^exit code 1 \(it asked for input: package name: \(workspace\); /,
    ],
    ["Python's input()", `python3 -c 'input("name? ")'`, /^exit code 1 \(it asked for input: EOFError/],
    [
      "bash's read from the terminal",
      "read -p 'name? ' x < /dev/tty",
      /^exit code 1 \(it asked .*\/dev\/tty/,
    ],
    ["apt", removeByApt, /^exit code 1 \(it asked for input: .*\[Y\/n\] Abort\./],
    ["su", "su -c ls", /^exit code 1 \(it asked for input: Password: /],
    ["Node's readline", nodeAsks(), /^exit code \d+ \(it asked for input: Name\?; /],
    ["rm -i", "touch kept; rm -i kept", /^exit code 0 \(it asked for input: rm: remove .*\?; /],
    [
      "an editor for a commit's message",
      "git commit --allow-empty",
      /^exit code 1 \(it asked for input: .*EDITOR unset/,
    ],
  ])("%s", async (_, command, expected) => {
    expect(await run(command, 100)).toMatch(expected);
  });

  test("git at a server that wants a password", async () => {
    const server =
      "require('http').createServer((q, a) => a.writeHead(401, {'www-authenticate': 'Basic realm=x'}).end()).listen(8099)";
    const number = await sandbox.start(`node -e "${server}"`);
    await sandbox.exec("until curl -s localhost:8099; do sleep 0.05; done");
    expect(await run("git fetch http://localhost:8099/x.git", 100)).toMatch(
      /^exit code 128 \(it asked for input: fatal: could not read Username .*; nobody can answer: use a flag such as -y, or give the input by a pipe\)\n/,
    );
    await sandbox.stop(number);
  });

  test("npm init takes its defaults, since nobody is asked anything where it can be helped", async () => {
    expect(await run("npm init; rm package.json", 100)).toMatch(/^exit code 0\nWrote to /);
  });
});

describe("a program that waits in spite of that is ended with its question", () => {
  const inTerminal = (command: string) =>
    `python3 -c "import pty, sys; pty.spawn(['bash', '-c', sys.argv[1]])" '${command}'`;

  test.concurrent.each([
    ["bash's read at a terminal of its own", inTerminal('read -p "Really? [y/N] " x'), "Really? [y/N]"],
    [
      "npm init at a terminal of its own",
      inTerminal("npm_config_yes= npm init"),
      "package name: (workspace)",
    ],
    ["apt at a terminal of its own", inTerminal(removeByApt), "Do you want to continue? [Y/n]"],
    [
      "Python's input() from a pipe without a writer",
      `mkfifo /tmp/p1; python3 -c 'input("password:")' <> /tmp/p1`,
      "password:",
    ],
  ])(
    "%s",
    async (_, command, question) => {
      expect(await run(command, 100)).toContain(
        `killed: it waits for input: ${question}; nobody can answer: use a flag such as -y, or give the input by a pipe\n`,
      );
    },
    120_000,
  );
});

describe("a program that only looks like it goes on", () => {
  test.concurrent.each([
    ["it works for something", "printf 'fetching: '; sleep 11; echo there", "fetching: there"],
    ["its input comes late", `(sleep 11; echo Ann) | sh -c 'printf "name? "; read x; echo $x'`, "name? Ann"],
    [
      "it computes",
      `printf 'prime? '; python3 -c 'import time\nwhile time.process_time() < 9: pass'; echo yes`,
      "prime? yes",
    ],
  ])(
    "when %s",
    async (_, command, output) => {
      expect(await run(command, 100)).toBe(`exit code 0\n${output}`);
    },
    120_000,
  );

  test("and one that reads what nobody writes is told of, and left alone", async () => {
    expect(await run("mkfifo /tmp/p2; cat /tmp/p2", 1)).toMatch(
      /^still running as job \d+ after 1 s: it seems to wait for input from a pipe into which nobody writes\n/,
    );
  });
});

test.each([
  "Name: ",
  "[Y/n]",
  "Continue (yes/no)? ",
  "\u001b[1G\u001b[0Jname: (x) \u001b[9G",
  "$ ",
  "Press ENTER to go on",
])("%j looks like a prompt", (line) => expect(looksLikePrompt(line)).toBe(true));
test.each(["", "Compiling", "42%", "done.", "[=====     ]", "3/10"])(
  "%j does not look like a prompt",
  (line) => expect(looksLikePrompt(line)).toBe(false),
);

function nodeAsks(): string {
  return `node -e 'require("readline/promises").createInterface({ input: process.stdin, output: process.stdout }).question("Name? ")'`;
}
