import { expect, test } from "vitest";
import type { AgentOutcome } from "../../src/agent/agent.ts";
import {
  allowanceOf,
  claimed,
  none,
  openStore,
  spendIn,
  spendThrift,
  withPerDay,
} from "../support/day-world.ts";

test("a thousand runs at once never spend more than the day's cap, and those that come too late do not start", async () => {
  const store = await openStore();
  const cap = 3;
  const settings = withPerDay({ person: { usd: cap, tokens: null }, repository: none });
  const outcomes = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const run = await claimed(store);
      const allowance = allowanceOf(run, { store, settings });
      try {
        await allowance.require();
      } catch (error) {
        await store.completeRun(run.id, 1, { kind: "stopped", by: "the cap" });
        return error;
      }
      const outcome = await spendThrift(run, { store, settings, allowance });
      await store.completeRun(run.id, 1, { kind: "stopped", by: "its end" });
      return outcome;
    }),
  );
  const rows = await store.readSpending({ day: new Date().toISOString().slice(0, 10) });
  const spent = rows.reduce((sum, row) => sum + (row.usd ?? 0), 0);
  expect(spent).toBeLessThanOrEqual(cap + 1e-9);
  expect(spent).toBeGreaterThan(cap * 0.8);
  const refused = outcomes.filter((one) => (one as { code?: string }).code === "budget.day");
  const cut = outcomes.filter((one) => (one as AgentOutcome<string>).kind === "gave_up");
  expect(refused.length).toBeGreaterThan(900);
  expect(refused.length + cut.length).toBe(1_000);
  expect(cut).toContainEqual(
    expect.objectContaining({ reason: "day", detail: "the $3.00 a day for ada in acme/shop is used up" }),
  );
}, 120_000);

test("what other runs hold is said in the refusal, and comes back when they end", async () => {
  const store = await openStore();
  const settings = withPerDay({ person: none, repository: { usd: null, tokens: 50_000 } });
  const first = await claimed(store);
  const greedy = { ...settings, budget: { ...settings.budget, tokens: 1_000_000 } };
  await allowanceOf(first, { store, settings: greedy }).require();
  const late = await claimed(store);
  const refusal = allowanceOf(late, { store, settings }).require();
  await expect(refusal).rejects.toMatchObject({
    code: "budget.day",
    message:
      "Nothing is left of the 50,000 tokens a day for acme/shop (0 tokens spent today, 50,000 tokens kept for runs that are going on), so the run did not start.",
    mend: "Write the command again when those runs have ended, or after 00:00 UTC, when a new day begins; to allow more, raise `budget.perDay.repository.tokens` in `.github/handback.yml`.",
  });
  await store.completeRun(first.id, 1, { kind: "stopped", by: "ada" });
  await allowanceOf(late, { store, settings }).require();
});

test("the operator's caps bind in every repository, for all and for each person", async () => {
  const store = await openStore();
  const operator = {
    perDay: { all: { usd: 5, tokens: null }, person: { usd: 2, tokens: null } },
  };
  const settings = withPerDay({ person: none, repository: none });
  const elsewhere = await claimed(store, { owner: "other" });
  await spendIn(store, elsewhere, 2);
  const mine = allowanceOf(await claimed(store), { store, settings, operator });
  await expect(mine.require()).rejects.toMatchObject({
    message: expect.stringContaining("Nothing is left of the $2.00 a day for ada ($2.00 spent today)"),
    mend: expect.stringContaining("raise the operator's HANDBACK_MAX_USD_PER_PERSON_DAY"),
  });
  const other = await claimed(store, { owner: "third", sender: { login: "bob", id: 6 } });
  const others = allowanceOf(other, { store, settings, operator });
  await others.require();
  await spendIn(store, other, 3);
  await others.refresh();
  // What it has spent, and nothing above it.
  expect(others.node.limits.usd).toBe(3);
});

test("a new day begins at midnight in UTC", async () => {
  let now = new Date("2026-11-22T23:59:00Z");
  const store = await openStore(() => now);
  const settings = withPerDay({ person: { usd: 1, tokens: null }, repository: none });
  const run = await claimed(store);
  await spendIn(store, run, 1);
  await store.completeRun(run.id, 1, { kind: "stopped", by: "ada" });
  const next = await claimed(store);
  await expect(allowanceOf(next, { store, settings }).require()).rejects.toMatchObject({
    code: "budget.day",
  });
  now = new Date("2026-11-23T00:00:00Z");
  await allowanceOf(next, { store, settings }).require();
});

test("a run that was lost with its process holds nothing after a day", async () => {
  let hours = 0;
  const store = await openStore(() => new Date(Date.now() + hours * 3_600_000));
  const settings = withPerDay({ person: { usd: 1, tokens: null }, repository: none });
  await allowanceOf(await claimed(store), { store, settings }).refresh();
  const next = await claimed(store);
  const require = () => allowanceOf(next, { store, settings }).require();
  hours = 23;
  await expect(require()).rejects.toMatchObject({ code: "budget.day" });
  hours = 25;
  await require();
});

test("without a cap nothing is held", async () => {
  const store = await openStore();
  const run = await claimed(store);
  const settings = withPerDay({ person: none, repository: none });
  const allowance = allowanceOf(run, { store, settings });
  await allowance.require();
  await allowance.refresh();
  expect(allowance.node.left()).toMatchObject({ usd: Infinity, tokens: Infinity });
});
