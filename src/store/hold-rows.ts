import type { Transaction } from "kysely";
import type { Database, RunsTable } from "./database.ts";
import { dayOf, ownerOf } from "./spending-rows.ts";
import type { Amount, DayCap, Held, HeldOf } from "./spending.ts";

/**
 * Sets aside for one run what it may still spend today, out of what the caps leave after what was spent and what other runs hold.
 * All in one transaction, one after the other in any database: so runs that ask at the same moment never hold more than a cap
 * together. While others may come, half of what is left is taken at once, but `least` where there is so much.
 */
export async function hold(
  db: Transaction<Database>,
  request: { run: RunsTable; now: Date; caps: readonly DayCap[]; most: Amount; least: Amount },
): Promise<Held> {
  const { run, now, caps, most, least } = request;
  const day = dayOf(now);
  await db
    .updateTable("holds_lock")
    .set((update) => ({ taken: update("taken", "+", 1) }))
    .execute();
  const holders = await readHolders(db, new Date(now.getTime() - silentMs).toISOString());
  const own = holders.find((holder) => holder.run_id === run.id) ?? { ...ownerOf(run), ...nothing };
  const others = holders.filter((holder) => holder.run_id !== run.id);
  const spentByRun = await spentIn(db, (query) => query.where("run_id", "=", run.id));

  const of = async (kind: keyof Amount): Promise<HeldOf | null> => {
    const bounds: HeldOf[] = [];
    for (const cap of caps) {
      const limit = cap[kind];
      if (limit === null) continue;
      const spent = (await spentToday(db, day, cap))[kind];
      const heldByOthers = others
        .filter((holder) => isUnder(holder, cap))
        .reduce((sum, holder) => sum + Math.max(0, (holder[kind] ?? 0) - holder.spent[kind]), 0);
      const available = Math.max(0, limit - spent - heldByOthers);
      const had = Math.max(0, (own[kind] ?? 0) - spentByRun[kind]);
      const free = Math.max(0, available - had);
      const more = Math.max(free / 2, Math.min(free, least[kind]));
      const granted = Math.min(most[kind], available, had + more);
      bounds.push({
        granted,
        allowed: spentByRun[kind] + granted,
        cap,
        spent,
        heldByOthers,
      });
    }
    return bounds.toSorted((a, b) => a.granted - b.granted)[0] ?? null;
  };
  const held: Held = { usd: await of("usd"), tokens: await of("tokens") };
  const row = {
    ...ownerOf(run),
    usd: held.usd?.allowed ?? null,
    tokens: held.tokens?.allowed ?? null,
  };
  await db
    .insertInto("holds")
    .values(row)
    .onConflict((conflict) => conflict.column("run_id").doUpdateSet({ usd: row.usd, tokens: row.tokens }))
    .execute();
  return held;
}

/** A completed run holds nothing; what it spent stays. */
export async function releaseHold(db: Transaction<Database>, runId: string): Promise<void> {
  await db.deleteFrom("holds").where("run_id", "=", runId).execute();
}

const nothing = { usd: null, tokens: null } as const;

interface Holder {
  readonly run_id: string;
  readonly owner: string;
  readonly name: string;
  readonly person_id: number;
  /** What the run may spend over its whole life; what it has not spent of it is held. */
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly spent: Amount;
}

/** A run that has written nothing for a day was lost with its process, and nobody will complete it. */
const silentMs = 24 * 60 * 60_000;

async function readHolders(db: Transaction<Database>, since: string): Promise<Holder[]> {
  const rows = await db
    .selectFrom("holds")
    .innerJoin("runs", "runs.id", "holds.run_id")
    .innerJoin("events", (join) =>
      join.onRef("events.run_id", "=", "runs.id").onRef("events.number", "=", "runs.last_number"),
    )
    .where("events.at", ">", since)
    .leftJoin("spending", "spending.run_id", "holds.run_id")
    .select((each) => [
      "holds.run_id",
      "holds.owner",
      "holds.name",
      "holds.person_id",
      "holds.usd",
      "holds.tokens",
      each.fn.sum<number | null>("spending.usd").as("spent_usd"),
      each.fn.sum<number | null>("spending.tokens").as("spent_tokens"),
    ])
    .groupBy(["holds.run_id", "holds.owner", "holds.name", "holds.person_id", "holds.usd", "holds.tokens"])
    .execute();
  return rows.map(({ spent_usd, spent_tokens, ...row }) => ({
    ...row,
    spent: { usd: spent_usd ?? 0, tokens: spent_tokens ?? 0 },
  }));
}

async function spentToday(db: Transaction<Database>, day: string, cap: DayCap): Promise<Amount> {
  return await spentIn(db, (all) => {
    let query = all.where("day", "=", day);
    if (cap.personId !== null) query = query.where("person_id", "=", cap.personId);
    if (cap.repository !== null)
      query = query
        .where("owner", "=", cap.repository.owner.toLowerCase())
        .where("name", "=", cap.repository.name.toLowerCase());
    return query;
  });
}

async function spentIn(db: Transaction<Database>, where: (query: SumQuery) => SumQuery): Promise<Amount> {
  const row = await where(sums(db)).executeTakeFirst();
  return { usd: row?.usd ?? 0, tokens: row?.tokens ?? 0 };
}

type SumQuery = ReturnType<typeof sums>;

function sums(db: Transaction<Database>) {
  return db
    .selectFrom("spending")
    .select((each) => [
      each.fn.sum<number | null>("usd").as("usd"),
      each.fn.sum<number | null>("tokens").as("tokens"),
    ]);
}

function isUnder(holder: Holder, { personId, repository }: DayCap): boolean {
  if (personId !== null && holder.person_id !== personId) return false;
  if (repository === null) return true;
  return holder.owner === repository.owner.toLowerCase() && holder.name === repository.name.toLowerCase();
}
