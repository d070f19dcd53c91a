import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";
import { Canaries } from "./evil/canaries.ts";
import { startDecoy } from "./evil/decoy.ts";
import { broken, playWritten } from "./evil/play-of-row.ts";

/**
 * Looks for secrets with one beginning in the environment, arguments, memory and files of all that a sandbox has. The beginning
 * is put together there, so that the search does not find itself.
 */
async function search(sandbox: Sandbox, beginning: string): Promise<string> {
  const code = `import os, subprocess
needle = bytes.fromhex('${Buffer.from(beginning).toString("hex")}')
me = str(os.getpid())
def look(path, data):
    if needle in data: print('FOUND in', path)
pids = [p for p in os.listdir('/proc') if p.isdigit() and p != me]
read = 0
for pid in pids:
    for name in ['environ', 'cmdline']:
        try: look(f'/proc/{pid}/{name}', open(f'/proc/{pid}/{name}', 'rb').read())
        except OSError: pass
    try:
        for line in open(f'/proc/{pid}/maps'):
            span, rights = line.split()[:2]
            start, end = (int(x, 16) for x in span.split('-'))
            if 'r' not in rights or end - start > 64 << 20: continue
            try:
                with open(f'/proc/{pid}/mem', 'rb') as mem:
                    mem.seek(start); look(f'memory of {pid}', mem.read(end - start)); read += 1
            except (OSError, ValueError, OverflowError): pass
    except OSError: pass
for root in ['/workspace', '/mirror', '/tmp', '/home', '/run', '/etc', '/opt', '/var', '/root', '/dev/shm']:
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.path.isfile(path) and os.path.getsize(path) < 50 << 20: look(path, open(path, 'rb').read())
            except OSError: pass
print('searched', len(pids), 'processes,', read, 'parts of memory')`;
  await sandbox.writeFile("/tmp/search.py", code);
  return (await sandbox.exec("python3 /tmp/search.py", { timeoutMs: 60_000 })).preview;
}

test(
  "no secret of the host is in environment, arguments, memory or files of a sandbox",
  { timeout: 90_000 },
  async () => {
    using sample = sampleRepository();
    const canaries = new Canaries();
    const beginning = canaries.make("everywhere").slice(0, 20);
    process.env["HANDBACK_TEST_SECRET"] = `${beginning}-environment`;
    onTestFinished(() => void delete process.env["HANDBACK_TEST_SECRET"]);
    mkdirSync(join(sample.root, "state", "egress"), { recursive: true });
    for (const place of ["state/app.env", "state/egress/token", "work/.git/token"])
      writeFileSync(join(sample.root, place), `${beginning}-file`);
    using _ = startDecoy(`${beginning}-argument`);
    await using sandbox = await startSandbox(sample);

    const found = await search(sandbox, beginning);
    expect(found).toMatch(/^searched \d+ processes, [1-9]\d* parts of memory\n$/);

    // The search would have seen it.
    await sandbox.exec(
      `echo ${beginning}-planted > /home/agent/.netrc; SECRET=${beginning}-planted setsid sleep 60 > /dev/null 2>&1 &`,
    );
    const planted = await search(sandbox, beginning);
    expect(planted).toContain("FOUND in /home/agent/.netrc");
    expect(planted).toMatch(/FOUND in \/proc\/\d+\/environ/);
  },
);

test(
  "an evil model that reads every place where secrets could be is told none",
  { timeout: 180_000 },
  async () => {
    const all = await playWritten(({ row, alone }) => row === 9 && !alone);
    expect(broken(all)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(12);
  },
);
