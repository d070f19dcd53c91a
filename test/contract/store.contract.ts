import { describe, expect, onTestFinished, test } from "vitest";
import { FencedError, StoreError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { RUN_ID_PATTERN } from "../../src/run/run-id.ts";
import type { Store } from "../../src/store/store.ts";
import { aTrigger } from "../store/a-trigger.ts";

/** What every Store must do. `open` gives an empty one. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  async function empty(): Promise<Store> {
    const store = await open();
    onTestFinished(async () => await store[Symbol.asyncDispose]());
    return store;
  }

  describe(`${name} as a store`, () => {
    test("takes a delivery in once and makes one run of it", async () => {
      const store = await empty();
      const trigger = aTrigger();
      const accepted = await store.acceptDelivery({
        deliveryId: "d-1",
        event: "issues",
        run: { kind: "change", trigger },
      });
      if (accepted.kind !== "accepted" || accepted.run === null) throw new Error(`It was ${accepted.kind}.`);
      expect(accepted.run).toMatchObject({ kind: "change", trigger, state: { status: "queued" }, epoch: 0 });
      expect(accepted.run.id).toMatch(RUN_ID_PATTERN);
      expect(await store.getRun(accepted.run.id)).toEqual(accepted.run);
      expect(await store.readEvents(accepted.run.id)).toMatchObject([
        { number: 1, epoch: 0, event: { type: "run.queued" } },
      ]);
    });

    test("makes one run of a delivery that comes a thousand times", async () => {
      const store = await empty();
      const delivery = {
        deliveryId: "d-1",
        event: "issues",
        run: { kind: "change", trigger: aTrigger() },
      } as const;
      const answers = await Promise.all(Array.from({ length: 1_000 }, () => store.acceptDelivery(delivery)));
      expect(answers.filter((answer) => answer.kind === "accepted")).toHaveLength(1);
      expect(answers.filter((answer) => answer.kind === "duplicate")).toHaveLength(999);
      expect(new Set(answers.map((answer) => answer.run?.id)).size).toBe(1);
      expect(await store.listRuns()).toHaveLength(1);
    });

    test("knows a delivery by its content as well, whatever id it comes with", async () => {
      const store = await empty();
      const run = { kind: "change", trigger: aTrigger() } as const;
      const first = await store.acceptDelivery({ deliveryId: "d-1", content: "c-1", event: "issues", run });
      const again = await store.acceptDelivery({ deliveryId: "d-2", content: "c-1", event: "issues", run });
      expect(again).toEqual({ kind: "duplicate", run: first.run });
      expect(await store.hasDelivery({ deliveryId: "d-1", content: "c-9" })).toBe(true);
      expect(await store.hasDelivery({ deliveryId: "d-9", content: "c-1" })).toBe(true);
      expect(await store.hasDelivery({ deliveryId: "d-2", content: "c-2" })).toBe(false);
    });

    test("takes in a delivery that asks for no run", async () => {
      const store = await empty();
      const delivery = { deliveryId: "d-2", event: "push", run: null };
      expect(await store.acceptDelivery(delivery)).toEqual({ kind: "accepted", run: null });
      expect(await store.acceptDelivery(delivery)).toEqual({ kind: "duplicate", run: null });
    });

    test("says busy while a run on the same issue is going, and no longer when it is completed", async () => {
      const store = await empty();
      const ask = (deliveryId: string, owner = "acme") =>
        store.acceptDelivery({
          deliveryId,
          event: "issues",
          run: {
            kind: "change",
            trigger: aTrigger({ repository: { owner, name: "shop", installationId: 1 } }),
          },
        });
      const first = await ask("d-1");
      expect(await ask("d-2", "ACME")).toEqual({ kind: "busy", run: first.run });
      expect(await ask("d-2")).toEqual({ kind: "duplicate", run: null });
      expect((await ask("d-3", "other")).kind).toBe("accepted");

      const run = await store.claimRun(first.run?.id ?? "", "w");
      await store.completeRun(run?.id ?? "", 1, { kind: "no_change", reason: "Nothing to do." });
      expect((await ask("d-4")).kind).toBe("accepted");
    });

    test("lets local runs on one repository go side by side", async () => {
      const store = await empty();
      const trigger = aTrigger({ issueNumber: 0 });
      const one = await store.createRun({ kind: "change", trigger });
      const two = await store.createRun({ kind: "change", trigger });
      expect(two.id > one.id).toBe(true);
    });

    test("lists runs newest first, by repository, issue and whether they are finished, page by page", async () => {
      const store = await empty();
      const make = (issueNumber: number, name = "shop") =>
        store.createRun({
          kind: "change",
          trigger: aTrigger({ issueNumber, repository: { owner: "acme", name, installationId: 1 } }),
        });
      const runs = [await make(1), await make(2), await make(3, "blog"), await make(2)];
      const ids = runs.map((run) => run.id);
      await store.claimRun(ids[1] ?? "", "w");
      await store.completeRun(ids[1] ?? "", 1, { kind: "stopped", by: "ada" });
      const listed = async (filter?: Parameters<Store["listRuns"]>[0]) =>
        (await store.listRuns(filter)).map((run) => ids.indexOf(run.id));

      expect(await listed()).toEqual([3, 2, 1, 0]);
      expect(await listed({ limit: 2 })).toEqual([3, 2]);
      expect(await listed({ limit: 2, before: ids[2] ?? "" })).toEqual([1, 0]);
      expect(await listed({ repository: { owner: "acme", name: "shop" } })).toEqual([3, 1, 0]);
      expect(await listed({ repository: { owner: "acme", name: "shop" }, issueNumber: 2 })).toEqual([3, 1]);
      expect(await listed({ unfinished: true })).toEqual([3, 2, 0]);
      expect(await listed({ unfinished: false })).toEqual([1]);
    });

    test("keeps the journal in order, with numbers from 1, and the state it tells", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      await store.claimRun(id, "w");
      await store.append(id, 1, [
        { type: "step.started", step: "plan" },
        { type: "note", step: "plan", text: "line\nbreak \u0000 😀" },
      ]);
      expect((await store.getRun(id))?.state).toEqual({ status: "in_progress", step: "plan" });
      await store.append(id, 1, [
        { type: "step.completed", step: "plan", result: { steps: ["a"] }, seconds: 2 },
      ]);
      const stored = await store.readEvents(id);
      expect(stored.map((event) => event.number)).toEqual([1, 2, 3, 4, 5]);
      expect(stored.map((event) => event.event.type)).toEqual([
        "run.queued",
        "run.claimed",
        "step.started",
        "note",
        "step.completed",
      ]);
      expect(stored[3]?.event).toEqual({ type: "note", step: "plan", text: "line\nbreak \u0000 😀" });
      expect(await store.readEvents(id, 4)).toEqual(stored.slice(4));

      const conclusion = { kind: "handed_back", pullNumber: 8, headSha: "abc", verdict: "approve" } as const;
      await store.completeRun(id, 1, conclusion);
      expect((await store.getRun(id))?.state).toEqual({ status: "completed", conclusion });
      expect((await store.readEvents(id)).at(-1)?.event).toEqual({ type: "run.completed", conclusion });
    });

    test("gives each claim a newer epoch and refuses every write of an older one", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      expect((await store.claimRun(id, "one"))?.epoch).toBe(1);
      expect((await store.claimRun(id, "two"))?.epoch).toBe(2);
      const before = await store.readEvents(id);
      await expect(store.append(id, 1, [note("late")])).rejects.toThrow(FencedError);
      await expect(store.completeRun(id, 1, { kind: "stopped", by: "x" })).rejects.toThrow(FencedError);
      await expect(store.putArtifact(id, 1, "bundle", new Uint8Array(1))).rejects.toThrow(FencedError);
      expect(await store.readEvents(id)).toEqual(before);
      expect(await store.getArtifact(id, "bundle")).toBeNull();
      await store.append(id, 2, [note("mine")]);
    });

    test("takes nothing more into a completed run", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      await store.claimRun(id, "w");
      await store.completeRun(id, 1, { kind: "stopped", by: "ada" });
      const before = await store.readEvents(id);
      expect(await store.claimRun(id, "w")).toBeNull();
      await expect(store.append(id, 1, [note("late")])).rejects.toThrow(StoreError);
      await expect(store.completeRun(id, 1, { kind: "stopped", by: "eve" })).rejects.toThrow(StoreError);
      await store.requestStop(id, "eve");
      expect(await store.isStopRequested(id)).toBe(false);
      expect(await store.readEvents(id)).toEqual(before);
    });

    test("refuses the whole of an append when one of its events is impossible", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      await store.claimRun(id, "w");
      const before = await store.readEvents(id);
      const early: RunEvent = { type: "step.completed", step: "plan", result: null, seconds: 0 };
      await expect(store.append(id, 1, [note("fine"), early])).rejects.toThrow("cannot follow queued");
      const own: RunEvent = { type: "run.completed", conclusion: { kind: "stopped", by: "x" } };
      await expect(store.append(id, 1, [own])).rejects.toThrow(TypeError);
      expect(await store.readEvents(id)).toEqual(before);
    });

    test("notes who said stop first, whoever holds the run", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      expect(await store.isStopRequested(id)).toBe(false);
      await store.requestStop(id, "ada");
      await store.requestStop(id, "eve");
      expect(await store.isStopRequested(id)).toBe(true);
      const stops = (await store.readEvents(id)).filter((stored) => stored.event.type === "stop.requested");
      expect(stops.map((stored) => stored.event)).toEqual([{ type: "stop.requested", by: "ada" }]);
    });

    test("keeps artifacts byte for byte, the last one under a name, and none above 64 MB", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      await store.claimRun(id, "w");
      const bytes = Uint8Array.from({ length: 256 * 1024 }, (_, index) => index % 251);
      await store.putArtifact(id, 1, "bundle", Uint8Array.of(1));
      await store.putArtifact(id, 1, "bundle", bytes);
      const read = await store.getArtifact(id, "bundle");
      expect(Buffer.compare(Buffer.from(read ?? []), Buffer.from(bytes))).toBe(0);
      expect(await store.getArtifact(id, "other")).toBeNull();
      const big = new Uint8Array(64 * 1024 * 1024 + 1);
      await expect(store.putArtifact(id, 1, "big", big)).rejects.toThrow(/at most 64 MB/);
    });

    test("lets the artifacts of a run go when it is completed, and no other run's", async () => {
      const store = await empty();
      const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
      const other = await store.createRun({ kind: "change", trigger: aTrigger() });
      for (const run of [id, other.id]) {
        await store.claimRun(run, "w");
        await store.putArtifact(run, 1, "bundle", Uint8Array.of(1));
      }
      const late = { kind: "stopped", by: "ada" } as const;
      await expect(store.completeRun(id, 0, late)).rejects.toThrow(FencedError);
      expect(await store.getArtifact(id, "bundle")).not.toBeNull();
      await store.completeRun(id, 1, late);
      expect(await store.getArtifact(id, "bundle")).toBeNull();
      expect(await store.getArtifact(other.id, "bundle")).not.toBeNull();
    });

    test("knows nothing of a run that is not there", async () => {
      const store = await empty();
      const id = "r000000000000000000";
      expect(await store.getRun(id)).toBeNull();
      expect(await store.claimRun(id, "w")).toBeNull();
      expect(await store.readEvents(id)).toEqual([]);
      expect(await store.isStopRequested(id)).toBe(false);
      await expect(store.append(id, 1, [note("?")])).rejects.toMatchObject({ code: "store.run_unknown" });
    });

    test("serves many writers at once, each whole, when some of them are refused", async () => {
      const store = await empty();
      const runs = await Promise.all(
        Array.from({ length: 20 }, (_, issueNumber) =>
          store.createRun({ kind: "change", trigger: aTrigger({ issueNumber }) }),
        ),
      );
      await Promise.all(runs.map((run) => store.claimRun(run.id, "w")));
      const outcomes = await Promise.allSettled(
        runs.flatMap((run) => [
          store.append(run.id, 1, [note("a"), note("b")]),
          store.append(run.id, 0, [note("old")]),
        ]),
      );
      expect(outcomes.filter((outcome) => outcome.status === "rejected")).toHaveLength(20);
      for (const run of runs) {
        const events = await store.readEvents(run.id);
        expect(events.map((stored) => stored.number)).toEqual([1, 2, 3, 4]);
        expect(events.slice(2).map((stored) => stored.event)).toEqual([note("a"), note("b")]);
      }
    });

    test("answers a ping", async () => {
      await expect((await empty()).ping()).resolves.toBeUndefined();
    });
  });
}

function note(text: string): RunEvent {
  return { type: "note", step: "s", text };
}
