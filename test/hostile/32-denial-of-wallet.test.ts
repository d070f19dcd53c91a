import { expect, test } from "vitest";
import type { AgentOutcome } from "../../src/agent/agent.ts";
import type { SqlStore } from "../../src/store/sql-store.ts";
import { allowanceOf, claimed, none, openStore, spendThrift, withPerDay } from "../support/day-world.ts";
import { e2eRepository, E2eWorld } from "../support/e2e-world.ts";

const settings = withPerDay({ person: none, repository: none });
const people = ["ada", "bob", "eve", "mallory"].map((login, id) => ({ login, id: id + 5 }));

test("a thousand triggers by four people in two repositories spend no more than the operator's caps, and one call", async () => {
  const store = await openStore();
  const cap = 4;
  const operator = { perDay: { all: { usd: cap, tokens: null }, person: { usd: 1.5, tokens: null } } };
  let refused = 0;
  await atOnce(1_000, 20, async (n) => {
    const sender = people[n % people.length]!;
    const run = await claimed(store, { owner: n % 2 === 0 ? "acme" : "other", sender });
    const allowance = allowanceOf(run, { store, settings, operator });
    const isAllowed = await allowance.require().then(
      () => true,
      (error: { code?: string }) => {
        expect(error.code).toBe("budget.day");
        refused += 1;
        return false;
      },
    );
    if (isAllowed) {
      const outcome: AgentOutcome<string> = await spendThrift(run, { store, settings, allowance });
      expect(outcome).toMatchObject({ kind: "gave_up", reason: "day" });
    }
    await store.completeRun(run.id, 1, { kind: "stopped", by: "its end" });
  });
  const spent = await spentToday(store);
  expect(spent.all).toBeLessThanOrEqual(cap + oneCall);
  expect(spent.all).toBeGreaterThan(cap * 0.8);
  for (const { id } of people) expect(spent.by.get(id) ?? 0).toBeLessThanOrEqual(1.5 + oneCall);
  expect(refused).toBeGreaterThan(900);
}, 120_000);

test("a provider that bills more than it may for a call gets that one call above the cap, and no other in a thousand triggers", async () => {
  const store = await openStore();
  const operator = { perDay: { all: { usd: 2, tokens: null }, person: none } };
  const output = 400_000;
  let worked = 0;
  const trigger = async (): Promise<void> => {
    const run = await claimed(store);
    const allowance = allowanceOf(run, { store, settings, operator });
    const isAllowed = await allowance.require().then(
      () => true,
      () => false,
    );
    if (isAllowed) {
      worked += 1;
      await spendThrift(run, { store, settings, allowance, output });
    }
    await store.completeRun(run.id, 1, { kind: "stopped", by: "its end" });
  };
  await trigger();
  await atOnce(999, 20, trigger);
  const rows = await store.readSpending({ day: today() });
  expect(rows.reduce((turns, row) => turns + row.turns, 0)).toBe(1);
  expect(worked).toBe(1);
}, 120_000);

test(
  "issues labelled all at once spend no more than the day's cap end to end, and each that came too late is told why",
  { timeout: 180_000 },
  async () => {
    const cap = 1;
    const issues = 8;
    await using world = await E2eWorld.start();
    await world.startHandback({ HANDBACK_MAX_USD_PER_DAY: String(cap), WORKER_CONCURRENCY: "3" });
    const numbers = await Promise.all(Array.from({ length: issues }, () => world.ask()));
    await world.until(() => conclusions(world).length === issues, 150_000);

    const turns = world.journal
      .events()
      .flatMap(({ event }) => (event.type === "agent.turn" ? [event.turn] : []));
    const spent = turns.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(cap + Math.max(...turns.map(({ usd }) => usd ?? 0)));
    const told = numbers.filter((number) => {
      const issue = world.github.state.issue(world.github.repository(e2eRepository), number);
      return issue?.comments.some(({ body }) => body.includes(`$${cap.toFixed(2)} a day`));
    });
    expect(told.length).toBeGreaterThan(0);
    world.github.assertNoViolations();
  },
);

/** 500 tokens in and 2,400 out. */
const oneCall = 0.07;

function conclusions(world: E2eWorld): string[] {
  return world.journal
    .events()
    .flatMap(({ event, runId }) => (event.type === "run.completed" ? [runId] : []));
}

async function spentToday(store: SqlStore): Promise<{ all: number; by: Map<number, number> }> {
  const by = new Map<number, number>();
  for (const { personId, usd } of await store.readSpending({ day: today() }))
    by.set(personId, (by.get(personId) ?? 0) + (usd ?? 0));
  return { all: [...by.values()].reduce((sum, usd) => sum + usd, 0), by };
}

async function atOnce(times: number, width: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const walk = async (): Promise<void> => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, walk));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
