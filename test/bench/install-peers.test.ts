import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { installPeers } from "../../bench/harness/install-peers.ts";
import type { Peer } from "../../bench/harness/peers.ts";

test("a peer that cannot be installed is told with its reason, and nothing half is left", async () => {
  const root = await mkdtemp(join(tmpdir(), "hb-peers-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  vi.stubEnv("npm_config_registry", "http://127.0.0.1:1/");
  vi.stubEnv("npm_config_fetch_retries", "0");
  onTestFinished(() => void vi.unstubAllEnvs());
  const peer: Peer = {
    name: "Nobody",
    package: "handback-bench-no-such-package",
    version: "1.0.0",
    program: (folder) => join(folder, "nobody"),
    arguments: () => [],
    environment: () => ({}),
    files: () => ({}),
  };
  const said: string[] = [];
  const installed = await installPeers([peer], { root, fresh: false, say: (line) => void said.push(line) });
  expect(installed).toEqual([{ peer, notMeasured: expect.stringMatching(/ECONNREFUSED|127\.0\.0\.1:1/) }]);
  expect(said).toEqual(["Installing handback-bench-no-such-package@1.0.0 …"]);
  expect(await readdir(root)).toEqual([]);
});
