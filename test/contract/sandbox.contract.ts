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
