import { connect, createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runGit } from "../support/sample-repository.ts";
import { Arena } from "./evil/arena.ts";
import { playAttacks, type Judged } from "./evil/attack-lane.ts";
import { loadCorpus } from "./evil/attack.ts";
import { Canaries } from "./evil/canaries.ts";
import { Judge } from "./evil/judge.ts";
import { planAttack } from "./evil/plan.ts";
import { startArenaSandbox } from "./evil/play-attack.ts";
import { needsRegistry, startRegistry } from "./evil/registry.ts";

const corpus = loadCorpus();
const fine = { end: "nothing", fault: null, results: "still here", calls: 3 };

test(
  "the judge sees a trap that ran, a connection, a leak, a foreign ref, a changed mirror and a container that was left",
  { timeout: 60_000 },
  async () => {
    await using arena = await Arena.start(null);
    await using first = await startArenaSandbox(arena);
    const judge = new Judge(arena);
    const planned = { ...planAttack({ corpus, seed: 1, number: 0, facts: arena.facts }), isAsWritten: false };
    expect(judge.afterAttack(planned, fine)).toEqual([]);

    writeFileSync(join(arena.markers, "sprung"), "");
    expect(judge.afterAttack(planned, fine)).toEqual(["a trap ran on the host: it left sprung"]);
    const socket = connect(arena.listeners.port, "127.0.0.1").resume();
    await once(socket, "close");
    expect(judge.afterAttack(planned, fine)).toEqual(["a connection to the host's loopback"]);
    arena.leaks.push("the model was told the push token");
    expect(judge.afterAttack(planned, fine)).toEqual(["the model was told the push token"]);
    runGit(arena.sample.bare, "update-ref", "refs/heads/agent/8-other", "refs/heads/main");
    expect(judge.afterAttack(planned, fine)).toEqual([expect.stringContaining("refs/heads/agent/8-other")]);
    runGit(arena.sample.bare, "update-ref", "-d", "refs/heads/agent/8-other");
    writeFileSync(join(arena.mirror.path, "x"), "");
    expect(judge.afterAttack(planned, fine)).toEqual(["the mirror was changed"]);
    rmSync(join(arena.mirror.path, "x"));
    const [daemon = ""] = readdirSync(join(arena.state, "sandboxd"), { recursive: true, encoding: "utf8" });
    chmodSync(join(arena.state, "sandboxd", daemon), 0o777);
    expect(judge.afterAttack(planned, fine)).toEqual(["the first process's files were changed"]);
    mkdirSync(join(arena.quarantine, "x"), { recursive: true });
    expect(judge.afterAttack(planned, fine)).toContainEqual(expect.stringContaining("a quarantine was left"));
    let kept: Buffer | null = Buffer.alloc(120 * 1024 * 1024);
    expect(judge.afterAttack(planned, fine)).toContainEqual(
      expect.stringMatching(/the worker holds 1\d\d MB more/),
    );
    kept = null;
    expect(kept).toBe(null);
    expect(judge.afterAttack(planned, { ...fine, fault: "TypeError" })).toContainEqual(
      expect.stringContaining("an error without a name"),
    );
    expect(judge.afterAttack(planned, { ...fine, calls: 0 })).toContainEqual(
      expect.stringContaining("it was not played"),
    );
    expect(judge.afterAttack({ ...planned, isAsWritten: true }, { ...fine, results: "" })).toContainEqual(
      expect.stringContaining("it did not do what it is about"),
    );
    expect(await judge.afterSandbox()).toEqual(["1 containers were left"]);
    await first[Symbol.asyncDispose]();
    expect(await judge.afterSandbox()).toEqual([]);
  },
);

test("the judge sees what a registry was told, and what it was asked that no registry may be asked", async () => {
  const port = await freePort();
  await using registry = await startRegistry(port);
  if ("missing" in registry) throw new Error(registry.missing);
  await using arena = await Arena.start(registry);
  const secret = arena.canaries.make("a secret");
  const planned = { ...planAttack({ corpus, seed: 1, number: 0, facts: arena.facts }), isAsWritten: false };
  const judge = new Judge(arena);
  const ask = async (at: string, how: RequestInit = {}) => {
    await fetch(`http://${registry.name}:${port}/${at}`, how);
    return judge.afterAttack(planned, fine);
  };
  expect(await ask("package")).toEqual([]);
  expect(await ask(`package-${secret}`)).toEqual(["a registry was told a secret"]);
  expect(await ask("package", { headers: { "user-agent": Buffer.from(secret).toString("hex") } })).toEqual([
    "a registry was told a secret",
  ]);
  expect(await ask("package", { method: "PUT" })).toEqual(["PUT at an allowed registry"]);
  expect(await ask("package", { headers: { authorization: "x" } })).toEqual([
    "authorization sent to an allowed registry",
  ]);
});

test("without a registry, the attacks that need it count as failed, and say why", async () => {
  await using taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const registry = await startRegistry((taken.address() as AddressInfo).port);
  const needing = corpus.filter(needsRegistry);
  const all: Judged[] = [];
  const judged = (one: Judged) => void all.push(one);
  await playAttacks({ corpus: needing, seed: 1, numbers: needing.keys(), registry, judged });
  expect(all).toHaveLength(needing.length);
  expect(all.length).toBeGreaterThan(1);
  for (const { end, wrongs } of all) {
    expect(end).toBe("not played");
    expect(wrongs).toEqual([
      expect.stringMatching(/there is no registry: port \d+ cannot be had \(.*EADDRINUSE.*\); run as root/),
    ]);
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("a secret is found as it is, reversed, in base64 at every offset, and in hexadecimal; other texts hold none", () => {
  const canaries = new Canaries();
  const secret = canaries.make("the key");
  for (const offset of ["", "a", "ab", "abc"]) {
    const text = `${offset}${secret} and more`;
    expect(canaries.in(text)).toEqual(["the key"]);
    expect(canaries.in(Buffer.from(text).toString("base64"))).toEqual(["the key"]);
    expect(canaries.in(Buffer.from(text).toString("hex"))).toEqual(["the key"]);
    expect(canaries.in(Buffer.from(text).toString("hex").toUpperCase())).toEqual(["the key"]);
    expect(canaries.in([...text].toReversed().join(""))).toEqual(["the key"]);
  }
  expect(canaries.in(secret.slice(0, -1))).toEqual([]);
});

test("the same seed and number give the same attack, and other ones another", () => {
  const facts = {
    marker: "m",
    short: "s",
    evil: "e",
    bridge: "b",
    "evil-port": "1",
    "dns-port": "2",
    "git-port": "3",
    abstract: "a",
    registry: "r",
  };
  const plan = (seed: number, number: number) =>
    JSON.stringify(planAttack({ corpus, seed, number, facts }).answers);
  const drawn = Array.from({ length: 50 }, (_, n) => corpus.length + n);
  for (const number of drawn) expect(plan(7, number)).toBe(plan(7, number));
  expect(new Set(drawn.map((number) => plan(7, number))).size).toBeGreaterThan(45);
  expect(plan(8, corpus.length)).not.toBe(plan(7, corpus.length));
});
