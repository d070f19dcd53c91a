import { describe, expect, onTestFinished, test } from "vitest";
import { SandboxFileError } from "../../src/errors.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";

/** What the agents' tools rely on in any sandbox. `start` gives one whose repository has one commit with `README.md`. */
export function sandboxContract(name: string, start: () => Promise<Sandbox>): void {
  const started = async () => {
    const sandbox = await start();
    onTestFinished(() => sandbox[Symbol.asyncDispose]());
    return sandbox;
  };

  describe(`${name} keeps the contract of a sandbox`, () => {
    test("a command runs in the repository and gives its exit code and both outputs", async () => {
      const sandbox = await started();
      const result = await sandbox.exec("ls README.md; echo problem >&2; exit 3");
      expect(result).toMatchObject({ exitCode: 3, reason: "exited" });
      expect(result.preview).toContain("README.md");
      expect(result.preview).toContain("problem");
      expect(result.outputBytes).toBe(Buffer.byteLength("README.md\nproblem\n"));
    });

    test("a command that takes too long is killed with its children", async () => {
      const sandbox = await started();
      const result = await sandbox.exec("sleep 61.25 & sleep 61.25", { timeoutMs: 300 });
      expect(result).toMatchObject({ exitCode: null, reason: "timeout" });
      expect(result.seconds).toBeLessThan(20);
    });

    test("an aborted signal ends a command", async () => {
      const sandbox = await started();
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 200);
      const result = await sandbox.exec("sleep 60", { signal: abort.signal });
      expect(result).toMatchObject({ exitCode: null, reason: "cancelled" });
    });

    test("a long output comes as head and tail, and the file named holds all of it", async () => {
      const sandbox = await started();
      const result = await sandbox.exec("echo first; seq 1 20000; echo last");
      expect(result.preview.length).toBeLessThan(5_000);
      expect(result.preview).toMatch(/^first\n/);
      expect(result.preview.trimEnd()).toMatch(/\nlast$/);
      expect(result.preview).toContain(result.outputPath);
      const whole = await sandbox.exec(`wc -c < ${result.outputPath}`);
      expect(Number(whole.preview)).toBe(result.outputBytes);
    });

    test("a started command tells what it has printed so far, and how it ended, once", async () => {
      const sandbox = await started();
      const number = await sandbox.start(
        "echo first; until test -e go; do sleep 0.05; done; echo last; exit 4",
      );
      const early = await sandbox.wait(number, { timeoutMs: 400 });
      expect(early).toMatchObject({ status: "running", preview: "first\n", outputBytes: 6, waitsFor: null });
      expect((await sandbox.exec(`cat ${early.outputPath}; touch go`)).preview).toBe("first\n");
      const end = await sandbox.wait(number, { timeoutMs: 20_000 });
      expect(end).toMatchObject({ status: "ended", exitCode: 4, reason: "exited", preview: "first\nlast\n" });
      expect(end.outputPath).toBe(early.outputPath);
      await expect(sandbox.wait(number, { timeoutMs: 0 })).rejects.toBeInstanceOf(RangeError);
    });

    test("a started command is stopped with its children, and keeps what it had printed", async () => {
      const sandbox = await started();
      const number = await sandbox.start("echo begun; sleep 61.5 & sleep 61.5");
      await sandbox.wait(number, { timeoutMs: 300 });
      expect(await sandbox.stop(number)).toMatchObject({
        status: "ended",
        exitCode: null,
        reason: "stopped",
        preview: "begun\n",
      });
      expect((await sandbox.exec("pgrep -fc 'sleep 61[.]5'")).preview).toBe("0\n");
    });

    test("an abort ends the waiting and not the command", async () => {
      const sandbox = await started();
      const number = await sandbox.start("sleep 62");
      const state = await sandbox.wait(number, { timeoutMs: 60_000, signal: AbortSignal.timeout(100) });
      expect(state.status).toBe("running");
      await sandbox.stop(number);
    });

    test("environment and folder of a started command can be given, and two numbers differ", async () => {
      const sandbox = await started();
      await sandbox.writeFile("deep/er/file.txt", "x");
      const options = { cwd: "/workspace/deep/er", env: { GREETING: "hi" } };
      const numbers = await Promise.all([
        sandbox.start('echo "$GREETING"; ls', options),
        sandbox.start("true"),
      ]);
      expect(new Set(numbers).size).toBe(2);
      const [first, second] = await Promise.all(numbers.map((n) => sandbox.wait(n, { timeoutMs: 20_000 })));
      expect(first).toMatchObject({ status: "ended", preview: "hi\nfile.txt\n" });
      expect(second).toMatchObject({ status: "ended", exitCode: 0 });
    });

    test("environment and folder of a command can be given", async () => {
      const sandbox = await started();
      await sandbox.writeFile("deep/er/file.txt", "x");
      const result = await sandbox.exec('echo "$GREETING"; ls', {
        cwd: "/workspace/deep/er",
        env: { GREETING: "hi" },
      });
      expect(result.preview).toBe("hi\nfile.txt\n");
    });

    test("bytes written are the bytes read, in new folders and under odd names", async () => {
      const sandbox = await started();
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
      await sandbox.writeFile("new folder/ünï\ncode.bin", bytes);
      expect(new Uint8Array(await sandbox.readFile("new folder/ünï\ncode.bin"))).toEqual(bytes);
      expect(new Uint8Array(await sandbox.readFile("/workspace/new folder/ünï\ncode.bin"))).toEqual(bytes);
    });

    test("a missing file, a folder and a file beyond the limit are file errors", async () => {
      const sandbox = await started();
      await sandbox.writeFile("big.txt", "x".repeat(1_000));
      await expect(sandbox.readFile("nowhere.txt")).rejects.toBeInstanceOf(SandboxFileError);
      await expect(sandbox.readFile("/workspace")).rejects.toBeInstanceOf(SandboxFileError);
      const tooBig = sandbox.readFile("big.txt", { maxBytes: 999 });
      await expect(tooBig).rejects.toMatchObject({ code: expect.stringMatching(/too_big$/) });
      await expect(tooBig).rejects.toBeInstanceOf(SandboxFileError);
    });

    test("work is seen: new commits, and whether something is not committed", async () => {
      const sandbox = await started();
      const base = (await sandbox.exec("git rev-parse HEAD")).preview.trim();
      expect(await sandbox.inspectWork(base)).toEqual({ headSha: base, commits: 0, dirty: false });
      await sandbox.writeFile("new.txt", "x");
      expect(await sandbox.inspectWork(base)).toMatchObject({ commits: 0, dirty: true });
      await sandbox.exec("git add -A && git commit -q -m New");
      const head = (await sandbox.exec("git rev-parse HEAD")).preview.trim();
      expect(await sandbox.inspectWork(base)).toEqual({ headSha: head, commits: 1, dirty: false });
    });
  });
}
