import { describe, expect, onTestFinished, test } from "vitest";
import { FencedError, StoreError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/run/events.ts";
import type { Store } from "../../src/store/store.ts";
import type { Trigger } from "../../src/triggers/trigger.ts";
import { aTrigger } from "../store/a-trigger.ts";

/** What every Store must know of what runs spend. `open` gives an empty one. */
export function spendingContract(name: string, open: () => Promise<Store>): void {
  async function empty(): Promise<Store> {
    const store = await open();
    onTestFinished(async () => await store[Symbol.asyncDispose]());
    return store;
  }

  describe(`${name} as a store of what runs spend`, () => {
    test("keeps what turns cost by run, day, role and model, with the journal and not without it", async () => {
      const store = await empty();
      const id = await atWork(store, aTrigger());
      await store.append(id, 1, [turn({ usd: 0.25 }), turn({ usd: 0.5 }), note("between")]);
      await store.append(id, 1, [turn({ role: "reviewer", model: "b", usd: null })]);
      await expect(store.append(id, 0, [turn({ usd: 9 })])).rejects.toThrow(FencedError);
      const rows = await store.readSpending({ runId: id });
      const today = new Date().toISOString().slice(0, 10);
      const whose = { runId: id, day: today, repository: { owner: "acme", name: "shop" }, personId: 5 };
      expect(rows).toEqual([
        { ...whose, role: "coder", model: "a", turns: 2, tokens: 30, usd: 0.75, seconds: 4 },
        { ...whose, role: "reviewer", model: "b", turns: 1, tokens: 15, usd: null, seconds: 2 },
      ]);
      expect(await store.readSpending({ day: today })).toEqual(rows);
      expect(await store.readSpending({ day: "2001-01-01" })).toEqual([]);
      expect(await store.readSpending({ runId: "r000000000000000000" })).toEqual([]);
    });

    test("lets a run hold what the caps leave of the day, by person, by repository and by all", async () => {
      const store = await empty();
      const claimed = async (owner: string, sender: number): Promise<string> => {
        const repository = { owner, name: "shop", installationId: 1 };
        const trigger = aTrigger({ repository, sender: { login: "x", id: sender } });
        return await atWork(store, trigger);
      };
      const [mine, yours, elsewhere] = [
        await claimed("acme", 5),
        await claimed("ACME", 6),
        await claimed("other", 5),
      ];
      const whole = { usd: 100, tokens: 1e9 };
      const all = { personId: null, repository: null, usd: 10, tokens: null };
      const of = (cap: Partial<typeof all> & object) => ({ ...all, ...cap });
      const holding = async (run: string, cap: object) =>
        (await store.holdSpending(run, 1, { caps: [of(cap)], most: whole, least: whole })).usd?.granted;

      await store.append(mine, 1, [turn({ usd: 4 })]);
      expect(await holding(mine, {})).toBe(6);
      expect(await holding(yours, {})).toBe(0);
      expect(await holding(yours, { personId: 6 })).toBe(10);
      expect(await holding(elsewhere, { personId: 5 })).toBe(0);
      const repository = { owner: "Acme", name: "Shop" };
      expect(await holding(elsewhere, { repository: { owner: "other", name: "shop" } })).toBe(10);
      expect(await holding(yours, { repository })).toBe(0);
      // Asked again, a run holds anew and does not stand in its own way; spent is spent.
      await store.append(mine, 1, [turn({ usd: 1 })]);
      expect(await holding(elsewhere, { usd: null, tokens: 40 })).toBe(undefined);
      expect(await holding(mine, {})).toBe(5);
      await store.completeRun(mine, 1, { kind: "stopped", by: "ada" });
      expect(await holding(elsewhere, {})).toBe(5);
      await expect(store.holdSpending(mine, 1, { caps: [all], most: whole, least: whole })).rejects.toThrow(
        StoreError,
      );
      await expect(store.holdSpending(yours, 0, { caps: [all], most: whole, least: whole })).rejects.toThrow(
        FencedError,
      );
    });

    test("leaves half of what is left to other runs, and says what stands against the tightest cap", async () => {
      const store = await empty();
      const [first, second] = await Promise.all([1, 2].map(() => atWork(store, aTrigger())));
      const cap = { personId: 5, repository: null, usd: 8, tokens: 1_000 };
      const wish = { caps: [cap], most: { usd: 10, tokens: 300 }, least: { usd: 1, tokens: 10 } };
      expect(await store.holdSpending(first!, 1, wish)).toEqual({
        usd: { granted: 4, allowed: 4, cap, spent: 0, heldByOthers: 0 },
        tokens: { granted: 300, allowed: 300, cap, spent: 0, heldByOthers: 0 },
      });
      expect((await store.holdSpending(second!, 1, wish)).usd).toEqual({
        granted: 2,
        allowed: 2,
        cap,
        spent: 0,
        heldByOthers: 4,
      });
      expect((await store.holdSpending(first!, 1, wish)).usd?.granted).toBe(5);
      expect((await store.holdSpending(first!, 1, wish)).usd?.granted).toBe(6);
      expect((await store.holdSpending(second!, 1, wish)).usd?.granted).toBe(2);
    });

    test("never grants more than a cap to runs which ask and spend at the same moments", async () => {
      const store = await empty();
      const cap = { personId: null, repository: null, usd: 5, tokens: null };
      const wish = { caps: [cap], most: { usd: 2, tokens: 1e9 }, least: { usd: 0.2, tokens: 0 } };
      const spend = async (): Promise<number> => {
        const id = await atWork(store, aTrigger());
        for (let spent = 0; ; spent += 0.25) {
          const held = await store.holdSpending(id, 1, wish);
          if ((held.usd?.granted ?? 0) < 0.25) return spent;
          await store.append(id, 1, [turn({ usd: 0.25 })]);
        }
      };
      const spent = await Promise.all(Array.from({ length: 40 }, spend));
      const total = spent.reduce((sum, one) => sum + one, 0);
      expect(total).toBeLessThanOrEqual(5);
      expect(total).toBeGreaterThan(4);
    });
  });
}

function note(text: string): RunEvent {
  return { type: "note", step: "s", text };
}

/** A run in its first step; its id. */
async function atWork(store: Store, trigger: Trigger): Promise<string> {
  const { id } = await store.createRun({ kind: "change", trigger });
  await store.claimRun(id, "w");
  await store.append(id, 1, [{ type: "step.started", step: "s" }]);
  return id;
}

function turn(of: { role?: "coder" | "reviewer"; model?: string; usd: number | null }): RunEvent {
  const { role = "coder", model = "a", usd } = of;
  const usage = { input: 10, output: 5, cacheRead: 1_000, cacheWrite: null };
  const made = { index: 0, model, usage, usd, seconds: 2, stopReason: "tool_use", text: "", calls: [] };
  return { type: "agent.turn", step: "s", role, turn: made };
}
