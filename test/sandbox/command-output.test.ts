import { closeSync, mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CommandOutput } from "../../sandbox/command-output.ts";
import { OutputPipes } from "../../sandbox/output-pipes.ts";

test("What a command wrote last is read, also when the machine is so busy that the quiet time is over before", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "hb-output-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { readFd, writeFd } = new OutputPipes(directory).open();
  onTestFinished(() => closeSync(writeFd));
  const output = new CommandOutput({
    readFd,
    path: path.join(directory, "output.log"),
    room: (bytes) => bytes,
    previewBytes: 2_048,
  });
  const settled = output.settled();
  // Between two rounds of the event loop: written, and then nothing happens for longer than the quiet time.
  setImmediate(() => {
    writeSync(writeFd, "the last words\n");
    const until = performance.now() + 100;
    while (performance.now() < until);
  });
  await settled;
  expect(output.preview().head.toString()).toBe("the last words\n");
});
