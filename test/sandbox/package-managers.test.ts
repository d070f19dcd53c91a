import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { egressWorldOfTest as started, type Ask, type EgressWorld } from "../support/egress-world.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

describe("with no settings by anybody, and the registries as they are,", () => {
  let sample: SampleRepository;
  let sandbox: Sandbox;

  beforeAll(async () => {
    sample = sampleRepository();
    sandbox = await startSandbox(sample, {
      limits: { memoryMb: 1024, cpus: 2, pids: 256, diskMb: 1024, minutes: 5 },
    });
  });
  afterAll(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    sample?.[Symbol.dispose]();
  });

  test.each(["npm install", "pnpm add", "yarn add"])(
    "%s installs a package",
    { timeout: 70_000 },
    async (command) => {
      const folder = `/tmp/${command.split(" ")[0]}`;
      const { exitCode, preview } = await sandbox.exec(
        `mkdir ${folder} && cd ${folder} && echo '{"private":true}' > package.json && ${command} is-number@7 2>&1 && node -p 'require("is-number")(5)'`,
        { timeoutMs: 60_000 },
      );
      expect(exitCode, preview).toBe(0);
      expect(preview).toMatch(/true\n$/);
      const paths = sandbox.requests().filter(({ refusedBy }) => refusedBy === null);
      expect(paths.map(({ path }) => path)).toContain("/is-number/-/is-number-7.0.0.tgz");
    },
  );

  test.each(["http", "https"])(
    "apt gets lists and a package over %s",
    { timeout: 70_000 },
    async (scheme) => {
      const folder = `/tmp/apt-${scheme}`;
      // Without root, apt keeps its state where it may write; how it reaches the network is its own affair.
      const { exitCode, preview } = await sandbox.exec(
        [
          `mkdir -p ${folder}/lists/partial ${folder}/cache/archives/partial && cd ${folder}`,
          `echo 'deb ${scheme}://deb.debian.org/debian bookworm main' > sources.list`,
          `options='-o Dir::Etc::SourceList=${folder}/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State=${folder}'`,
          `options="$options -o Dir::State::Lists=${folder}/lists -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=${folder}/cache"`,
          "apt-get $options -qq update 2>&1 && apt-get $options download hostname 2>&1 && ls *.deb",
        ].join("\n"),
        { timeoutMs: 60_000 },
      );
      expect(exitCode, preview).toBe(0);
      expect(preview).toMatch(/hostname_.*\.deb\n$/);
      const port = scheme === "http" ? 80 : 443;
      expect(sandbox.requests()).toContainEqual(
        expect.objectContaining({ host: "deb.debian.org", port, status: 200, refusedBy: null }),
      );
    },
  );

  test("every TLS client of the image trusts the way out", async () => {
    const { exitCode, preview } = await sandbox.exec(
      [
        "set -e",
        "curl -sS -o /dev/null https://registry.npmjs.org/ms",
        "env -i PATH=$PATH https_proxy=$https_proxy curl -sS -o /dev/null https://registry.npmjs.org/ms",
        "node -e 'fetch(\"https://registry.npmjs.org/ms\").then((r) => process.exit(r.ok ? 0 : 1))'",
        "python3 -c 'import urllib.request as u; u.urlopen(\"https://registry.npmjs.org/ms\").read()'",
        "python3 -c 'from pip._vendor import requests as r; r.get(\"https://registry.npmjs.org/ms\").raise_for_status()'",
        "openssl s_client -brief -x509_strict -verify_return_error -proxy 127.0.0.1:3128 -connect registry.npmjs.org:443 -servername registry.npmjs.org -verify_hostname registry.npmjs.org </dev/null 2>&1 | grep -q 'Verification: OK'",
        "git ls-remote https://registry.npmjs.org/none.git 2>&1 | grep -q 'not found'",
      ].join("\n"),
      { timeoutMs: 40_000 },
    );
    expect(exitCode, preview).toBe(0);
  });
});

/** What these clients ask for, in their order and with their headers; a registry answers as theirs does. */
describe("by its protocol,", () => {
  const ask = async (world: EgressWorld, requests: readonly (Ask & { path: string })[]) => {
    const statuses: number[] = [];
    for (const { path, ...rest } of requests)
      statuses.push((await world.ask(`https://registry.example${world.tls}${path}`, rest)).status);
    return statuses;
  };

  test("pip reads an index, a part of a wheel and the wheel, and its content types reach the registry", async () => {
    const world = await started({}, ({ headers }, response) => {
      response.statusCode = headers.range === undefined ? 200 : 206;
      response.setHeader("content-type", String(headers.accept).split(",")[0] ?? "");
      response.end("wheel");
    });
    const headers = {
      "user-agent": 'pip/23.0.1 {"ci":true,"cpu":"x86_64"}',
      "accept-encoding": "gzip, deflate",
      connection: "keep-alive",
    };
    const accept = "application/vnd.pypi.simple.v1+json, text/html; q=0.1";
    const statuses = await ask(world, [
      { path: "/simple/six/", headers: { ...headers, accept, "cache-control": "max-age=0" } },
      { path: "/packages/six.whl", headers: { ...headers, accept: "*/*", range: "bytes=0-100" } },
      { path: "/packages/six.whl", headers: { ...headers, accept: "*/*", "accept-encoding": "identity" } },
    ]);
    expect(statuses).toEqual([200, 206, 200]);
    expect(world.seen.map((one) => one.headers)).toMatchObject([
      { accept, "user-agent": headers["user-agent"] },
      { range: "bytes=0-100" },
      { "accept-encoding": "identity" },
    ]);
  });

  test("cargo reads its sparse index with etags, and a crate by a redirect", async () => {
    const world = await started({}, ({ url = "", headers }, response) => {
      if (headers["if-none-match"] === '"1"') response.statusCode = 304;
      if (url.startsWith("/api/")) {
        response.statusCode = 302;
        response.setHeader("location", "https://docs.example/crates/serde/1.0.0/download");
      }
      response.setHeader("etag", '"1"');
      response.end();
    });
    const headers = { "user-agent": "cargo 1.63.0", accept: "text/plain", "cargo-protocol": "version=1" };
    const statuses = await ask(world, [
      { path: "/config.json", headers },
      { path: "/se/rd/serde", headers },
      { path: "/se/rd/serde", headers: { ...headers, "if-none-match": '"1"' } },
      { path: "/api/v1/crates/serde/1.0.0/download", headers },
    ]);
    expect(statuses).toEqual([200, 200, 304, 302]);
    expect((await world.ask(`https://docs.example${world.tls}/crates/serde/1.0.0/download`)).status).toBe(
      200,
    );
    const publish = {
      path: "/api/v1/crates/new",
      method: "PUT",
      headers: { authorization: "cio_stolen" },
      body: "crate",
    };
    expect(await ask(world, [publish])).toEqual([403]);
  });

  test("go reads versions, module files and the checksum database, and what is not there goes on to the next", async () => {
    const world = await started({}, ({ url = "" }, response) => {
      response.statusCode = /\/(private|github\.com\/a)\/@/.test(url) ? 410 : 200;
      response.end("v1.0.0");
    });
    const headers = { "user-agent": "Go-http-client/1.1", "accept-encoding": "gzip" };
    const paths = [
      "/github.com/a/b/@v/list",
      "/github.com/a/@v/list",
      "/github.com/a/b/@latest",
      "/github.com/!azure/b/@v/v1.0.0+incompatible.info",
      "/github.com/a/b/@v/v1.0.0.mod",
      "/github.com/a/b/@v/v1.0.0.zip",
      "/sumdb/sum.golang.org/supported",
      "/lookup/github.com/a/b@v1.0.0",
      "/tile/8/0/x001/234.p/56",
    ];
    const statuses = await ask(
      world,
      paths.map((path) => ({ path, headers })),
    );
    expect(statuses).toEqual([200, 410, 200, 200, 200, 200, 200, 200, 200]);
    expect(world.seen.map(({ path }) => path)).toEqual(paths);
  });

  test("go's questions for each package and all that stands above it do not close its proxy", async () => {
    const modules = ["k8s.io/client-go", "github.com/aws/aws-sdk-go-v2", "cloud.google.com/go/storage"];
    const world = await started({}, ({ url = "" }, response) => {
      const isModule = modules.some((name) => url.startsWith(`/${name}/@`));
      response.statusCode = isModule ? 200 : 404;
      response.end();
    });
    const packages = Array.from({ length: 150 }, (_, n) =>
      modules.map((name) => `${name}/service${n}/types`),
    ).flat();
    const paths = new Set(
      packages.flatMap((name) => {
        const parts = name.split("/");
        return parts.map((_, n) => `/${parts.slice(0, n + 1).join("/")}/@v/list`);
      }),
    );
    const statuses = await ask(
      world,
      [...paths].map((path) => ({ path })),
    );
    expect(statuses.filter((status) => status === 404).length).toBeGreaterThan(900);
    expect(statuses).not.toContain(429);
    expect(await ask(world, [{ path: "/k8s.io/client-go/@latest" }])).toEqual([200]);
  });
});
