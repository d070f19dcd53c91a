import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { FencedError, GitHubError, InterruptedError, StoppedError } from "../../src/errors.ts";
import { durableSteps } from "../../src/run/durable-steps.ts";
import type { DurableSteps } from "../../src/run/durable-steps.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { sideBySide } from "../../src/run/side-by-side.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import type { SqlStore } from "../../src/store/sql-store.ts";
import { aTrigger } from "../store/a-trigger.ts";

test("runs a step once and gives its result to every later life", async () => {
  const { life } = await aRun();
  let times = 0;
  const body = async () => ({ plan: ["a", "b"], times: ++times });
  expect(await (await life()).step("plan", body)).toEqual({ plan: ["a", "b"], times: 1 });
  expect(await (await life()).step("plan", body)).toEqual({ plan: ["a", "b"], times: 1 });
  expect(times).toBe(1);
});

test("runs a step again when the life before ended within it", async () => {
  const { life } = await aRun();
  const first = await life();
  const hanging = first.step("plan", async () => await new Promise<never>(() => {}));
  hanging.catch(() => {});
  await sleep(50);
  expect(await (await life()).step("plan", async () => "second")).toBe("second");
});

test("gives back in the first life just what a second one will read", async () => {
  const { life } = await aRun();
  const body = async () => ({ a: undefined, list: [undefined, 1], text: "\u0000\ud83d" });
  const first = await (await life()).step("odd", body);
  const nothing = await (await life()).step("nothing", async () => {});
  expect(first).toEqual({ list: [null, 1], text: "\u0000\ud83d" });
  expect(nothing).toBeNull();
  const later = await life();
  expect(await later.step("odd", body)).toEqual(first);
  expect(await later.step("nothing", async () => {})).toBeNull();
});

test.each([
  ["a Map", new Map(), /result of step odd\.deep\[0\] is a Map/],
  ["bytes", new Uint8Array(1), /Uint8Array/],
  ["a Date", new Date(0), /Date/],
  ["NaN", Number.NaN, /NaN/],
  ["a function", () => {}, /function/],
])("refuses a result with %s, which the journal would lose", async (_name, value, message) => {
  const { life, store, id } = await aRun();
  await expect((await life()).step("odd", async () => ({ deep: [value] }))).rejects.toThrow(message);
  expect(types(await store.readEvents(id))).toContain("step.failed");
});

test("refuses the same name twice in one life", async () => {
  const { life } = await aRun();
  const steps = await life();
  await steps.step("plan", async () => 1);
  await expect(steps.step("plan", async () => 2)).rejects.toThrow(TypeError);
  const write = { find: async () => null, make: async () => 1 };
  await steps.effect("open", "open", write);
  await expect(steps.effect("open", "open", write)).rejects.toThrow(TypeError);
});

test("records why a step failed, in words for people, and throws what the body threw", async () => {
  const { life, store, id } = await aRun();
  const steps = await life();
  const known = new GitHubError("github.gone", "The branch is gone.", { mend: "Restore it." });
  await expect(steps.step("push", async () => await Promise.reject(known))).rejects.toBe(known);
  const unknown = new Error("token ghp_secret was refused");
  await expect(steps.step("review", async () => await Promise.reject(unknown))).rejects.toBe(unknown);
  const failures = (await store.readEvents(id)).flatMap(({ event }) =>
    event.type === "step.failed" ? [event.failure] : [],
  );
  expect(failures[0]).toEqual({ code: "github.gone", message: "The branch is gone.", mend: "Restore it." });
  expect(JSON.stringify(failures[1])).not.toContain("ghp_secret");
});

test("aborts a running step within two seconds when a person says stop, and writes nothing after", async () => {
  const { life, store, id } = await aRun();
  const steps = await life();
  const running = steps.step("code", async ({ signal }) => await endOf(signal));
  running.catch(() => {});
  await sleep(100);
  const asked = performance.now();
  await store.requestStop(id, "ada");
  await expect(running).rejects.toThrow(StoppedError);
  expect(performance.now() - asked).toBeLessThan(2_000);
  await expect(running).rejects.toThrow("@ada stopped the run.");

  let made = false;
  const write = { find: async () => null, make: async () => (made = true) };
  await expect(steps.effect("open", "open", write)).rejects.toThrow(StoppedError);
  await expect(steps.step("next", async () => 1)).rejects.toThrow(StoppedError);
  expect(made).toBe(false);
  expect(types(await store.readEvents(id))).not.toContain("step.failed");
});

test("does not begin a write after a stop that has not been noticed yet", async () => {
  const { life, store, id } = await aRun();
  const steps = await life({ watchMs: 60_000 });
  await store.requestStop(id, "ada");
  let made = false;
  const write = { find: async () => null, make: async () => (made = true) };
  await expect(steps.effect("open", "open", write)).rejects.toThrow(StoppedError);
  expect(made).toBe(false);
});

test("leaves a body behind that does not heed its signal", async () => {
  const { life, store, id } = await aRun();
  const steps = await life({ graceMs: 100 });
  const deaf = steps.step("code", async () => await new Promise<never>(() => {}));
  deaf.catch(() => {});
  await store.requestStop(id, "ada");
  await expect(deaf).rejects.toThrow(StoppedError);
});

test("ends a life whose run another worker has taken over, and lets it write nothing", async () => {
  const { life, store, id } = await aRun();
  const steps = await life();
  const running = steps.step("code", async ({ signal }) => await endOf(signal));
  running.catch(() => {});
  await sleep(50);
  await store.claimRun(id, "another");
  await expect(running).rejects.toThrow(FencedError);
  await expect(steps.emit({ type: "note", step: "code", text: "late" })).rejects.toThrow(FencedError);
  expect(types(await store.readEvents(id))).not.toContain("note");
});

test("ends with the caller's own reason, and leaves the step to the next life", async () => {
  const { life, store, id } = await aRun();
  const caller = new AbortController();
  const steps = await life({ signal: caller.signal });
  const running = steps.step("code", async ({ signal }) => await endOf(signal));
  running.catch(() => {});
  await sleep(20);
  caller.abort(new InterruptedError("run.interrupted", "Shutting down.", { mend: "-" }));
  await expect(running).rejects.toThrow(InterruptedError);
  expect(types(await store.readEvents(id))).not.toContain("step.failed");
  expect(await (await life()).step("code", async () => "done")).toBe("done");
});

test("makes a write once, whichever moment the life before ended at", async () => {
  // The world: what GitHub would hold.
  for (const crash of [
    "before the intent",
    "before the write",
    "after the write",
    "after the record",
    "never",
  ]) {
    const { life } = await aRun();
    const comments: string[] = [];
    const write = (crashAt: string) => ({
      find: async () => comments[0] ?? null,
      make: async () => {
        if (crashAt === "before the write") return await new Promise<never>(() => {});
        comments.push("comment 1");
        if (crashAt === "after the write") return await new Promise<never>(() => {});
        return "comment 1";
      },
    });
    const first = await life();
    if (crash !== "before the intent") {
      const attempt = first.effect("status", "status comment", write(crash));
      await Promise.race([attempt, sleep(50)]);
    }
    const second = await life();
    expect(await second.effect("status", "status comment", write("never"))).toBe("comment 1");
    expect(comments, crash).toEqual(["comment 1"]);
  }
});

test("looks again when the answer to a write was lost, and does not write twice", async () => {
  const { life } = await aRun();
  const comments: number[] = [];
  const result = await (
    await life()
  ).effect("status", "status comment", {
    find: async () => comments[0] ?? null,
    make: async () => {
      comments.push(41);
      throw new Error("socket hang up");
    },
  });
  expect(result).toBe(41);
  expect(comments).toEqual([41]);
});

test("throws what a write threw when it truly was not made, and tries it again in the next life", async () => {
  const { life } = await aRun();
  const refused = new GitHubError("github.refused", "No.", { mend: "-" });
  const failing = { find: async () => null, make: async () => await Promise.reject(refused) };
  await expect((await life()).effect("open", "open", failing)).rejects.toBe(refused);
  expect(await (await life()).effect("open", "open", { find: async () => null, make: async () => 9 })).toBe(
    9,
  );
});

test("shows the whole journal, and tells a listener of what this life adds", async () => {
  const { life } = await aRun();
  await (await life()).step("plan", async () => 1);
  const heard: RunEvent[] = [];
  const second = await life({ onEvent: (event) => heard.push(event) });
  await second.step("plan", async () => 2);
  await second.effect("open", "open", { find: async () => 3, make: async () => 4 });
  expect(heard.map((event) => event.type)).toEqual(["effect.intended", "effect.done"]);
  expect(heard[1]).toEqual({ type: "effect.done", key: "open", result: 3, found: true });
  expect(second.events().map((event) => event.type)).toEqual([
    "run.queued",
    "run.claimed",
    "step.started",
    "step.completed",
    "run.claimed",
    "effect.intended",
    "effect.done",
  ]);
});

test("of two steps side by side, a later life runs only the one that had not ended", async () => {
  const { life } = await aRun();
  const first = await life();
  const ran: string[] = [];
  const both = (steps: DurableSteps, plan: () => Promise<string>) =>
    sideBySide(
      steps.signal,
      () => steps.step("plan", plan),
      () => steps.step("check-base", async () => (ran.push("check-base"), "checked")),
    );
  const cut = both(first, async () => await new Promise<never>(() => {}));
  cut.catch(() => {});
  await sleep(50);
  expect(await both(await life(), async () => "planned")).toEqual(["planned", "checked"]);
  expect(ran).toEqual(["check-base"]);
});

test("a stop ends both of two steps side by side, and neither counts as failed", async () => {
  const { life, store, id } = await aRun();
  const steps = await life({ watchMs: 10 });
  const heeds = async (): Promise<never> => await endOf(steps.signal);
  const both = sideBySide(
    steps.signal,
    () => steps.step("plan", heeds),
    () => steps.step("check-base", heeds),
  );
  const ended = expect(both).rejects.toBeInstanceOf(StoppedError);
  await store.requestStop(id, "noor");
  await ended;
  expect(types(await store.readEvents(id))).not.toContain("step.failed");
});

test("when one of two steps side by side fails, the other is ended, and both can run again", async () => {
  const { life } = await aRun();
  const first = await life();
  const both = sideBySide(
    first.signal,
    () => first.step("plan", async () => await Promise.reject(new Error("no plan"))),
    (signal) => first.step("check-base", async () => await endOf(signal)),
  );
  await expect(both).rejects.toThrow("no plan");
  const second = await life();
  expect(await second.step("plan", async () => "planned")).toBe("planned");
  expect(await second.step("check-base", async () => "checked")).toBe("checked");
});

interface ARun {
  readonly store: SqlStore;
  readonly id: string;
  /** A new worker claims the run. */
  readonly life: (options?: Partial<Parameters<typeof durableSteps>[0]>) => Promise<DurableSteps>;
}

async function aRun(): Promise<ARun> {
  const store = await openSqlStore({ file: ":memory:" });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
  return {
    store,
    id,
    life: async (options = {}) => {
      const run = await store.claimRun(id, "w");
      if (run === null) throw new Error("The run is completed.");
      const { signal } = new AbortController();
      const steps = await durableSteps({ store, run, signal, ...options });
      onTestFinished(async () => await steps[Symbol.asyncDispose]());
      return steps;
    },
  };
}

async function endOf(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("echo of the abort")));
  });
}

function types(stored: readonly { event: RunEvent }[]): string[] {
  return stored.map(({ event }) => event.type);
}
