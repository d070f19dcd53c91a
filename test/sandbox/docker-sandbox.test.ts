import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sandboxContract } from "../contract/sandbox.contract.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  process.env["HANDBACK_CANARY"] = "canary-7f3a";
  sample = sampleRepository({ "README.md": "# Sample\n", "src/ünï code.txt": "ö\n" });
  sandbox = await startSandbox(sample);
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

sandboxContract("DockerSandbox", async () => {
  await sandbox.exec(`git reset -q --hard ${sample.commit} && git clean -fdxq`);
  return kept(sandbox);
});

/** The same sandbox, which outlives a test that disposes of it. */
function kept(one: Sandbox): Sandbox {
  return {
    id: one.id,
    exec: (...args) => one.exec(...args),
    start: (...args) => one.start(...args),
    wait: (...args) => one.wait(...args),
    stop: (...args) => one.stop(...args),
    readFile: (...args) => one.readFile(...args),
    writeFile: (...args) => one.writeFile(...args),
    inspectWork: (...args) => one.inspectWork(...args),
    bundle: (...args) => one.bundle(...args),
    requests: () => one.requests(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describe("the checkout", () => {
  beforeAll(() => sandbox.exec(`git reset -q --hard ${sample.commit} && git clean -fdxq`));

  test("is on the branch, clean, and commits are made in the author's name without any set-up", async () => {
    const result = await sandbox.exec(
      "git status -sb && git commit -q --allow-empty -m x && git log -1 --format='%an <%ae>' && git reset -q --hard HEAD~1",
    );
    expect(result.preview).toBe("## agent/1-test\nHandback [bot] <bot@example.com>\n");
  });

  test("is detached for a reviewer", async () => {
    const checkout = {
      mirror: sample.bare,
      commit: sample.commit,
      branch: null,
      author: { name: "R", email: "r@x" },
    };
    await using reviewer = await startSandbox(sample, { checkout });
    const result = await reviewer.exec(
      "git symbolic-ref -q HEAD; git rev-parse HEAD; cat 'src/ünï code.txt'",
    );
    expect(result.preview).toBe(`${sample.commit}\nö\n`);
  });

  test("of a commit that is not there is refused with a reason, and leaves no container", async () => {
    const checkout = {
      mirror: sample.bare,
      commit: "1".repeat(40),
      branch: "b",
      author: { name: "R", email: "r@x" },
    };
    await expect(startSandbox(sample, { checkout })).rejects.toMatchObject({
      code: "sandbox.checkout_failed",
    });
  });

  test("cannot be written through to the mirror", async () => {
    const result = await sandbox.exec("touch /mirror/x; echo evil > /mirror/HEAD; rm -rf /mirror/objects");
    expect(result.preview).toContain("Read-only file system");
  });
});

describe("a command", () => {
  test("is not waited for by what it left in the background, which lives on and keeps its output", async () => {
    const result = await sandbox.exec("(sleep 0.6; echo late; sleep 30) & echo now");
    expect(result).toMatchObject({ exitCode: 0, preview: "now\n" });
    expect(result.seconds).toBeLessThan(0.6);
    const later = await sandbox.exec(`sleep 0.9; cat ${result.outputPath}`);
    expect(later.preview).toBe("now\nlate\n");
  });

  test("is killed with children that left its process group", async () => {
    const result = await sandbox.exec("setsid bash -c 'setsid sleep 77.125 & sleep 77.125' & sleep 77.125", {
      timeoutMs: 400,
    });
    expect(result).toMatchObject({ exitCode: null, reason: "timeout" });
    expect((await sandbox.exec("pgrep -fc 'sleep 77[.]125'")).preview).toBe("0\n");
  });

  test("keeps the order of its two outputs, and may open them by name", async () => {
    const result = await sandbox.exec("for i in 1 2 3; do echo out$i; echo err$i >/dev/stderr; done");
    expect(result.preview).toBe("out1\nerr1\nout2\nerr2\nout3\nerr3\n");
  });

  test("finds an empty stdin", async () => {
    expect((await sandbox.exec("cat; read x || echo none", { timeoutMs: 5000 })).preview).toBe("none\n");
  });

  test("may print bytes that are not text, and they are all in its file", async () => {
    const result = await sandbox.exec("printf '\\377\\300a\\200\\n'");
    expect(result.preview).toBe("��a�\n");
    expect([...(await sandbox.readFile(result.outputPath))]).toEqual([0xff, 0xc0, 0x61, 0x80, 0x0a]);
  });

  test("may print a line of a megabyte, and characters are not cut in two", async () => {
    const result = await sandbox.exec(`python3 -c 'print("x" + "€" * 400000)'`);
    expect(result.outputBytes).toBe(1_200_002);
    expect(result.preview).not.toContain("�");
    expect(result.preview).toMatch(
      /^x€+\n\[… 1195\d{3} of 1200002 bytes not shown; .*output-\d+\.log …\]\n€+\n$/,
    );
  });

  test("that never stops printing is counted and cut, and the sandbox goes on", async () => {
    const result = await sandbox.exec("yes", { timeoutMs: 1500 });
    expect(result.reason).toBe("timeout");
    expect(result.outputBytes).toBeGreaterThan(64 * 1024 * 1024);
    expect(result.preview.length).toBeLessThan(5000);
    expect(result.preview).toContain("it holds only the first");
    const memory = await sandbox.exec(
      "grep VmRSS /proc/$(pgrep -f '^node .*sandboxd')/status | tr -dc 0-9; rm -f /tmp/handback/*.log",
    );
    expect(Number(memory.preview)).toBeLessThan(160_000);
  });

  test("that a signal ends has a reason of its own", async () => {
    expect(await sandbox.exec("kill -TERM $$")).toMatchObject({ exitCode: null, reason: "killed" });
  });

  test("in a folder that is not there says so and does not throw", async () => {
    const result = await sandbox.exec("true", { cwd: "/workspace/nowhere" });
    expect(result).toMatchObject({ exitCode: null, reason: "killed" });
    expect(result.preview).toMatch(/ENOENT/);
  });

  test("may be longer than Linux takes in an argument", async () => {
    const result = await sandbox.exec(
      `cat > /tmp/long <<'END'\n${"é".repeat(700_000)}\nEND\nwc -c < /tmp/long; exit 4`,
    );
    expect(result).toMatchObject({ exitCode: 4, preview: "1400001\n" });
  });

  test("does not hold up others", async () => {
    const slow = sandbox.exec("sleep 1");
    const quick = await Promise.all(Array.from({ length: 10 }, (_, n) => sandbox.exec(`echo ${n}`)));
    expect(quick.map((result) => result.preview)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}\n`));
    expect((await slow).seconds).toBeGreaterThanOrEqual(1);
  });

  test("sees nothing of the host's environment", async () => {
    const result = await sandbox.exec(
      "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c canary-7f3a",
    );
    expect(result.preview).toBe("0\n");
  });
});

describe("file tools", () => {
  test("write nowhere but under /workspace and /tmp, also through links", async () => {
    await sandbox.exec("ln -sfn /home/agent way-out");
    for (const path of [
      "/etc/passwd",
      "/home/agent/x",
      "../home/agent/x",
      "way-out/x",
      "/workspace/../etc/x",
    ]) {
      await expect(sandbox.writeFile(path, "x"), path).rejects.toMatchObject({ code: "file.outside" });
    }
    await sandbox.exec("rm way-out");
  });

  test("keep a file's mode, and follow links inside", async () => {
    await sandbox.exec("echo old > run.sh; chmod 755 run.sh; ln -s run.sh link.sh");
    await sandbox.writeFile("link.sh", "echo new\n");
    const result = await sandbox.exec("./run.sh; readlink link.sh; rm run.sh link.sh");
    expect(result.preview).toBe("new\nrun.sh\n");
  });

  test("do not hang on a pipe or a device", async () => {
    await sandbox.exec("mkfifo fifo");
    await expect(sandbox.readFile("fifo")).rejects.toMatchObject({ code: "file.not_a_file" });
    await expect(sandbox.readFile("/dev/zero")).rejects.toMatchObject({ code: "file.not_a_file" });
    await sandbox.exec("rm fifo");
  });

  test("carry megabytes whole", async () => {
    const bytes = Buffer.alloc(5_000_003, "0123456789abcdef");
    await sandbox.writeFile("/tmp/large", bytes);
    expect(Buffer.from(await sandbox.readFile("/tmp/large")).equals(bytes)).toBe(true);
    await sandbox.exec("rm /tmp/large");
  });
});

describe("the bundle", () => {
  test("of no commits is refused in words", async () => {
    await expect(sandbox.bundle({ base: sample.commit, maxBytes: 1e6 })).rejects.toMatchObject({
      code: "sandbox.no_commits",
    });
  });

  test("beyond its limit is refused in words", async () => {
    await using other = await startSandbox(sample);
    await other.exec("head -c 3000000 /dev/urandom > big && git add . && git commit -qm big");
    await expect(other.bundle({ base: sample.commit, maxBytes: 1e6 })).rejects.toMatchObject({
      code: "sandbox.result_too_big",
    });
    expect((await other.exec("echo well")).preview).toBe("well\n");
  });

  test("of a damaged repository is refused in words", async () => {
    await using other = await startSandbox(sample);
    await other.exec("rm -rf .git");
    await expect(other.inspectWork(sample.commit)).rejects.toMatchObject({
      code: "sandbox.workspace_broken",
    });
    await expect(other.bundle({ base: sample.commit, maxBytes: 1e6 })).rejects.toMatchObject({
      code: "sandbox.workspace_broken",
    });
  });
});
