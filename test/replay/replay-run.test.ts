import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPipeline } from "../../src/pipeline.ts";
import { runLocalPipeline } from "../../src/local-pipeline.ts";
import { isDecision } from "../../src/replay/divergence.ts";
import { replayRun, type RecordedRun, type ReplayResult } from "../../src/replay/replay-run.ts";
import type { TapeCall } from "../../src/replay/tape.ts";
import type { Ports } from "../../src/steps/ports.ts";
import { Records } from "./recorded.ts";

let records: Records;
let recorded: RecordedRun;
beforeAll(async () => {
  records = await Records.of();
  recorded = await records.read();
}, 120_000);
afterAll(() => records[Symbol.dispose]());

describe("a recorded run", { timeout: 60_000 }, () => {
  test("is replayed with no network, no Docker, no mirror and no key, and shows what happened", async () => {
    const ended = await records.replay("latest");
    expect(ended.stderr).toBe("");
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe("1 replayed, 0 diverged");
    expect(ended.stdout).toContain("write-code");
    expect(ended.stdout).toMatch(/1 coder claude-\S+, [\d,]+ tokens/);
    expect(ended.stdout).toMatch(/edit clamp\.js/);
    expect(ended.stdout).toMatch(/check node check\.js {2}✅ passed/);
    expect(ended.stdout).toMatch(/committed: \d files?, \+\d+ −\d+/);
    expect(ended.stdout).toMatch(/blocking clamp\.js:3 {2}The lower bound is ignored/);
    expect(ended.stdout).toContain("→ open a pull request from agent/1-clamp-lets-every-value-through");
    expect(ended.stdout).toContain("handed back, approve");
  });

  test("is shown turn by turn, with what the model was told and what the tools gave", async () => {
    const step = await records.replay("latest", "--step", "write-code");
    expect(step.stdout).toContain("+  return Math.min(value, high);");
    const turn = await records.replay("latest", "--step", "write-code", "--turn", "1");
    expect(turn.exitCode).toBe(0);
    expect(turn.stdout).toMatch(/coder, turn 1/);
    expect(turn.stdout).toContain("`clamp(15, 0, 10)` gives 15.");
    expect(turn.stdout).toMatch(/Edited clamp\.js/);
  });

  test("comes as one JSON object for machines", async () => {
    const { stdout } = await records.replay("--all", "--json");
    const { runs, replayed, diverged } = JSON.parse(stdout) as {
      runs: { outcome: string; steps: { step: string; diffs: string[] }[] }[];
      replayed: number;
      diverged: number;
    };
    expect({ replayed, diverged }).toEqual({ replayed: 1, diverged: 0 });
    expect(runs[0]?.steps.find(({ step }) => step === "write-code")?.diffs[0]).toContain("Math.min");
  });
});

describe("today's code that decides differently", { timeout: 60_000 }, () => {
  test("is caught where it runs another command", async () => {
    const result = await replayRun(recorded, { walkers: withPorts(otherChecks) });
    expect(decisions(result)[0]).toMatchObject({
      kind: "call",
      step: "check-base",
      what: expect.stringContaining("exec"),
      recorded: expect.stringContaining("node check.js"),
      today: expect.stringContaining("node other-check.js"),
    });
  });

  test("is caught where it writes another pull request", async () => {
    const result = await replayRun(recorded, { walkers: withPorts(otherTitle) });
    expect(decisions(result)).toMatchObject([
      {
        kind: "call",
        step: "open-pull-request",
        what: expect.stringContaining("createPull"),
        today: expect.stringContaining("Something else"),
      },
    ]);
  });

  test("is caught where the operator's bound ends an agent earlier", async () => {
    const maximums = { turns: 1, tokens: null, usd: null, minutes: null };
    const result = await replayRun(recorded, { operator: { maximums } });
    expect(result.outcome).toBe("diverged");
    expect(decisions(result)[0]).toMatchObject({ step: "prepare", kind: "event" });
  });

  test("is caught where it leaves a write out", async () => {
    const result = await replayRun(recorded, { walkers: withPorts(withoutLabels) });
    expect(decisions(result).map(({ kind, what }) => `${kind} ${what}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^missing .*(addLabels|removeLabel)/)]),
    );
  });

  test("is caught where the record says something else: a result that was changed on the tape", async () => {
    const result = await replayRun(
      tampered(recorded, (call) =>
        call.method === "exec" && call.step === "check-base" ? changedExit(call) : call,
      ),
    );
    expect(decisions(result)[0]).toMatchObject({ kind: "event", step: "check-base" });
  });

  test("is caught where it asks what nobody asked then, and is told where that is", async () => {
    const result = await replayRun(recorded, { walkers: withPorts(askingMore) });
    expect(decisions(result)).toMatchObject([
      { kind: "gap", step: "prepare", what: expect.stringContaining("getPermission") },
    ]);
  });

  test("that only tells a model other words is warned of and does not fail", async () => {
    const result = await replayRun(recorded, { walkers: withPorts(otherWords) });
    expect(result.outcome).toBe("replayed");
    expect(result.divergences.length).toBeGreaterThan(3);
    expect(result.divergences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: "prompt",
          step: "write-code",
          what: "the instructions differ",
          today: expect.stringContaining("Be brief."),
        }),
      ]),
    );
    expect(decisions(result)).toEqual([]);
  });

  test("fails the command with exit code 1 and names the step and both sides", async () => {
    using changed = await tamperedRecords();
    const ended = await changed.replay("latest", "--quiet");
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toMatch(/decides differently, check-base/);
    expect(ended.stdout).toMatch(/^ {4}- .*"exitCode": 0/m);
    expect(ended.stdout).toMatch(/^ {4}\+ .*"exitCode": 7/m);
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe("0 replayed, 1 diverged");
  });
});

describe("the tape", () => {
  test("holds none of the host's secrets, nor a token of git's", async () => {
    const texts = recorded.tapes.flatMap(({ header, calls }) => [header, ...calls]);
    const { unpack } = await import("../../src/replay/packed.ts");
    for (const bytes of recorded.blobs.values()) texts.push(Buffer.from(unpack(bytes)).toString("latin1"));
    const all = texts.join("\n");
    expect(all).toContain("pushCommit");
    expect(records.secrets.every((secret) => secret.length >= 8)).toBe(true);
    for (const secret of records.secrets) {
      expect(all.includes(secret)).toBe(false);
      expect(all.includes(Buffer.from(secret).toString("base64"))).toBe(false);
      expect(all.includes(JSON.stringify(secret).slice(1, -1))).toBe(false);
    }
    expect(all).not.toMatch(/\bgh[pousr]_[A-Za-z0-9_]{10,}/);
    expect(all).not.toMatch(/eC1hY2Nlc3MtdG9rZW46/);
  });

  test("keeps a conversation once, not once for each turn", () => {
    const sends = recorded.tapes
      .flatMap(({ calls }) => calls)
      .filter((call) => call.includes('"method":"send"'));
    expect(sends.length).toBeGreaterThan(5);
    for (const send of sends) expect(send.length).toBeLessThan(4_000);
  });
});

function decisions({ divergences }: ReplayResult): ReplayResult["divergences"] {
  return divergences.filter(isDecision);
}

type Change = (ports: Ports) => Ports;

/** Today's code as if it had been changed in what it does at its ports. */
function withPorts(change: Change) {
  return {
    github: ((run, ports, signal) => runPipeline(run, change(ports), signal)) as typeof runPipeline,
    local: runLocalPipeline,
  };
}

const otherChecks: Change = (ports) => ({
  ...ports,
  sandboxes: overriding(ports.sandboxes, {
    start: async (spec) => {
      const sandbox = await ports.sandboxes.start(spec);
      return overriding(sandbox, {
        exec: (command, options) =>
          sandbox.exec(command === "node check.js" ? "node other-check.js" : command, options),
      });
    },
  }),
});

const otherTitle: Change = (ports) => ({
  ...ports,
  github: {
    repository: async (ref, options) => {
      const repository = await ports.github.repository(ref, options);
      return overriding(repository, {
        createPull: (pull) => repository.createPull({ ...pull, title: "Something else" }),
      });
    },
  },
});

const withoutLabels: Change = (ports) => ({
  ...ports,
  github: {
    repository: async (ref, options) =>
      overriding(await ports.github.repository(ref, options), {
        addLabels: async () => {},
        removeLabel: async () => {},
      }),
  },
});

const askingMore: Change = (ports) => ({
  ...ports,
  github: {
    repository: async (ref, options) => {
      const repository = await ports.github.repository(ref, options);
      return overriding(repository, {
        getInfo: async () => {
          await repository.getPermission("somebody");
          return repository.getInfo();
        },
      });
    },
  },
});

const otherWords: Change = (ports) => ({
  ...ports,
  model: (name) => {
    const model = ports.model(name);
    return {
      id: model.id,
      facts: model.facts,
      send: (request) => model.send({ ...request, system: `${request.system}\nBe brief.` }),
    };
  },
});

function overriding<T extends object>(target: T, own: Partial<T>): T {
  const dispose = { [Symbol.asyncDispose]: async () => {} };
  return new Proxy({ ...dispose } as T, {
    get: (_, name) =>
      (Object.hasOwn(own, name) ? Reflect.get(own, name) : Reflect.get(target, name)) as unknown,
  });
}

function tampered(run: RecordedRun, change: (call: TapeCall) => TapeCall): RecordedRun {
  const tapes = run.tapes.map((tape) => ({
    ...tape,
    calls: tape.calls.map((call) => JSON.stringify(change(JSON.parse(call) as TapeCall))),
  }));
  return { ...run, tapes };
}

function changedExit(call: TapeCall): TapeCall {
  if (call.result.kind !== "value") return call;
  return { ...call, result: { kind: "value", value: { ...(call.result.value as object), exitCode: 7 } } };
}

/** The same records with one row of the tape changed by hand. */
async function tamperedRecords(): Promise<Records> {
  const { DatabaseSync } = await import("node:sqlite");
  const { keepRecords } = await import("../../src/demo/keep-records.ts");
  const changed = new Records();
  keepRecords(records.database, changed.database);
  using database = new DatabaseSync(changed.database);
  const rows = database.prepare("select rowid, call from tape_calls").all() as {
    rowid: number;
    call: string;
  }[];
  for (const { rowid, call } of rows) {
    const parsed = JSON.parse(call) as TapeCall;
    if (parsed.method !== "exec" || parsed.step !== "check-base") continue;
    database
      .prepare("update tape_calls set call = ? where rowid = ?")
      .run(JSON.stringify(changedExit(parsed)), rowid);
  }
  return changed;
}
