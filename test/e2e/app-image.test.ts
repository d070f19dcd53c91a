import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { demoOwner, startDemoWorld, type DemoWorld } from "../../src/demo/demo-world.ts";
import { demoIssues } from "../../src/demo/issues.ts";
import { installationLabel } from "../../src/sandbox/docker-sweep.ts";
import { AppContainer, buildAppImage } from "./support/app-container.ts";

describe("the App in its container, made as compose.yaml says", { timeout: 120_000 }, () => {
  beforeAll(buildAppImage, 300_000);

  test(
    "takes an issue the whole way with web server, worker and Redis apart, goes on in a new worker after a kill, and ends when told to",
    { timeout: 300_000 },
    async () => {
      const directory = await temporaryDirectory();
      const world = await startDemoWorld({ directory, liveModel: null, logLevel: "info", modelDelayMs: 5 });
      onTestFinished(() => world[Symbol.asyncDispose]());
      const variables = environmentFile(world);
      await mkdir(world.config.dataDir, { recursive: true });
      await AppContainer.prepare(variables);
      onTestFinished(() => AppContainer.giveBack(world.config.dataDir));

      await startRedis(variables);
      const web = await startWeb(world, variables);
      const first = await startWorker(variables);
      const doctor = await first.exec("handback", "doctor");
      expect(doctor).toMatchObject({ exitCode: 0, output: expect.not.stringContaining("FAIL") });

      const given = await web.given();
      expect(given.mounts).toEqual([world.config.dataDir]);
      expect(given.variables.filter((name) => /ANTHROPIC|DOCKER|SANDBOX/.test(name))).toEqual([]);
      expect(await web.exec("ls", "/var/run/docker.sock")).toMatchObject({ exitCode: 2 });
      for (const { user } of [given, await first.given()]) expect(user).toBe("10002:10002");

      const [issue] = demoIssues;
      const repository = `${demoOwner}/${issue!.repository}`;
      const person = world.github.as(issue!.author);
      const { number } = await person.openIssue(repository, { title: issue!.title, body: issue!.body });
      await person.addLabel(repository, number, world.config.label);
      const pulls = () => world.github.state.pulls(world.github.repository(repository));
      await until(first, () => pulls().length === 1);
      expect(pulls()[0]?.draft).toBe(true);
      await first[Symbol.asyncDispose]();

      const second = await startWorker(variables);
      await until(second, () => statusComment(world, repository, number).startsWith("### Handed back"));
      const [pull, ...others] = pulls();
      expect(others).toEqual([]);
      expect(pull?.draft).toBe(false);
      expect(pull?.requestedReviewers.map(({ login }) => login)).toEqual([issue!.author]);
      expect(await second.stop()).toMatchObject({ exitCode: 0 });
      expect(await web.stop()).toMatchObject({ exitCode: 0 });
      expect(await sandboxesOf(world)).toEqual([]);
      world.github.assertNoViolations();
    },
  );

  test("shows, before there is an App, the page that creates it under the link in the web server's log", async () => {
    const directory = await temporaryDirectory();
    const variables = { HANDBACK_DATA: directory };
    await AppContainer.prepare(variables);
    onTestFinished(() => AppContainer.giveBack(directory));
    await startRedis(variables);
    const host = { PortBindings: { "3000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } };
    const container = await AppContainer.start("web", variables, { host });
    onTestFinished(() => container[Symbol.asyncDispose]());

    const { url } = await container.logged("open this page to create the GitHub App");
    expect(String(url)).toMatch(/^http:\/\/127\.0\.0\.1:3000\/setup\?key=/);
    const published = new URL(String(url));
    published.port = String(await container.publishedPort());
    const page = await fetch(published);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Set up Handback");
    const stranger = await fetch(new URL("/setup", published));
    expect(stranger.status).toBe(403);
    expect(await container.health()).toBe(0);

    const worker = await AppContainer.run(["worker"], variables);
    expect(worker).toMatchObject({ exitCode: 1, output: expect.stringContaining("No GitHub App is set up") });
    const doctor = await AppContainer.run(["doctor"], variables);
    expect(doctor.exitCode).toBe(1);
    const failed = [...doctor.output.matchAll(/^FAIL +([^:]+):/gm)].map(([, name]) => name);
    expect(failed).toEqual(["GitHub App", "Model"]);
    expect((await container.stop()).exitCode).toBe(0);
  });

  test.for([
    {
      mistake: "the data is at another path inside than outside",
      host: (directory: string) => ({ Binds: [socket, `${directory}:/elsewhere`] }),
      environment: () => ({ HANDBACK_DATA: "/elsewhere", REDIS_URL: "unix:///elsewhere/redis/redis.sock" }),
      words:
        /^Docker does not find Handback's data folder .*\n.* mount HANDBACK_DATA at one path inside and outside/m,
    },
    {
      mistake: "the socket's group is not given",
      host: () => ({ GroupAdd: [] }),
      environment: () => ({}),
      words: /^Docker cannot be reached \(EACCES\)\.?\n.* set DOCKER_GID/m,
    },
  ])("ends with the mend in its log where $mistake", async ({ host, environment, words }) => {
    const directory = await temporaryDirectory();
    const variables = { HANDBACK_DATA: directory, ...anyApp() };
    await AppContainer.prepare(variables);
    onTestFinished(() => AppContainer.giveBack(directory));
    await startRedis(variables);
    const ended = await AppContainer.run(["worker"], variables, {
      host: { ...host(directory), NetworkMode: "none" },
      environment: environment(),
    });

    expect(ended.exitCode).toBe(1);
    expect(ended.output).toMatch(words);
  });
});

const socket = "/var/run/docker.sock:/var/run/docker.sock";

function anyApp(): Record<string, string> {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { APP_ID: "1", PRIVATE_KEY: privateKey, WEBHOOK_SECRET: crypto.randomUUID() };
}

/** What an operator writes into .env; the key on one line, as an env file wants it. */
function environmentFile({ config }: DemoWorld): Record<string, string> {
  return {
    HANDBACK_DATA: config.dataDir,
    APP_ID: String(config.app?.appId),
    PRIVATE_KEY: config.app?.privateKey.replaceAll("\n", "\\n") ?? "",
    WEBHOOK_SECRET: config.app?.webhookSecret ?? "",
    GITHUB_API_URL: config.github.apiUrl,
    GITHUB_SERVER_URL: config.github.serverUrl,
    ANTHROPIC_API_KEY: config.model.apiKey ?? "",
    ANTHROPIC_BASE_URL: config.model.baseUrl ?? "",
  };
}

/** With the model that web and worker talk to, and the GitHub, on this machine's loopback: they share its network, as compose.yaml does not. */
const loopback = { NetworkMode: "host" };

async function startRedis(variables: Record<string, string>): Promise<void> {
  const container = await AppContainer.start("redis", variables);
  onTestFinished(() => container[Symbol.asyncDispose]());
  await container.healthy();
}

async function startWeb(world: DemoWorld, variables: Record<string, string>): Promise<AppContainer> {
  const container = await AppContainer.start("web", variables, {
    host: loopback,
    environment: { HOST: "127.0.0.1", PORT: String(await freePort()) },
  });
  onTestFinished(() => container[Symbol.asyncDispose]());
  const { url } = await container.logged("Handback is running");
  expect(await container.health()).toBe(0);
  world.connect(String(url));
  return container;
}

async function startWorker(variables: Record<string, string>): Promise<AppContainer> {
  const container = await AppContainer.start("worker", variables, { host: loopback });
  onTestFinished(() => container[Symbol.asyncDispose]());
  await container.logged("Handback is running");
  return container;
}

function statusComment({ github }: DemoWorld, repository: string, number: number): string {
  const issue = github.state.issue(github.repository(repository), number);
  const comments = issue?.comments.filter(({ author }) => author.type === "Bot") ?? [];
  expect(comments.length).toBeLessThan(2);
  return comments[0]?.body ?? "";
}

/** Names of its containers, dead or alive. */
async function sandboxesOf({ config }: DemoWorld): Promise<string[]> {
  const label = [`handback.installation=${installationLabel(path.join(config.dataDir, "sandboxes"))}`];
  const found = await new Docker().listContainers({ all: true, filters: { label } });
  return found.flatMap(({ Names }) => Names);
}

async function until(container: AppContainer, claim: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 120_000;
  while (!claim()) {
    if (performance.now() > giveUpAt) throw new Error(`It did not come true:\n${await container.log()}`);
    await sleep(20);
  }
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "hb-image-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function freePort(): Promise<number> {
  await using server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
