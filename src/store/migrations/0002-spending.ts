import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { z } from "zod";
import { newTokens } from "../../run/spending.ts";

/** Spending by run, day, role and model, filled from the journals that are there; and what runs hold of their day. */
export const spendingMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("spending")
      .addColumn("run_id", "text", (column) => column.notNull().references("runs.id"))
      .addColumn("day", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("person_id", "double precision", (column) => column.notNull())
      .addColumn("turns", "integer", (column) => column.notNull())
      .addColumn("unpriced_turns", "integer", (column) => column.notNull())
      .addColumn("tokens", "double precision", (column) => column.notNull())
      .addColumn("usd", "double precision", (column) => column.notNull())
      .addColumn("seconds", "double precision", (column) => column.notNull())
      .addPrimaryKeyConstraint("spending_key", ["run_id", "day", "role", "model"])
      .execute();
    await db.schema.createIndex("spending_by_day").on("spending").columns(["day", "person_id"]).execute();

    await db.schema
      .createTable("holds")
      .addColumn("run_id", "text", (column) => column.primaryKey().references("runs.id"))
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("person_id", "double precision", (column) => column.notNull())
      .addColumn("usd", "double precision")
      .addColumn("tokens", "double precision")
      .execute();
    await db.schema
      .createTable("holds_lock")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("taken", "double precision", (column) => column.notNull())
      .execute();
    await fill(db as Kysely<Tables>);
  },
};

/** The newest runs only: a first start must not take minutes. */
const mostRuns = 10_000;

/** As they were when this was written: a migration does not change with the rest. */
interface Tables {
  readonly runs: { id: string; owner: string; name: string; trigger: string };
  readonly events: { run_id: string; at: string; event: string };
  readonly holds_lock: { id: number; taken: number };
  readonly spending: Row;
}

interface Row {
  run_id: string;
  day: string;
  role: string;
  model: string;
  owner: string;
  name: string;
  person_id: number;
  turns: number;
  unpriced_turns: number;
  tokens: number;
  usd: number;
  seconds: number;
}

const turnEvent = z.object({
  type: z.literal("agent.turn"),
  role: z.string(),
  turn: z.object({
    model: z.string(),
    usage: z.object({
      input: z.number(),
      output: z.number(),
      cacheRead: z.number().nullable(),
      cacheWrite: z.number().nullable(),
    }),
    usd: z.number().nullable(),
    seconds: z.number().default(0),
  }),
});
const trigger = z.object({ sender: z.object({ id: z.number() }) });

async function fill(db: Kysely<Tables>): Promise<void> {
  await db.insertInto("holds_lock").values({ id: 1, taken: 0 }).execute();
  const runs = await db.selectFrom("runs").selectAll().orderBy("id", "desc").limit(mostRuns).execute();
  for (const run of runs) {
    const asked = trigger.safeParse(parsed(run.trigger));
    const events = await db
      .selectFrom("events")
      .select(["at", "event"])
      .where("run_id", "=", run.id)
      .where("event", "like", '%"type":"agent.turn"%')
      .execute();
    const rows = new Map<string, Row>();
    for (const { at, event } of events) {
      const read = turnEvent.safeParse(parsed(event));
      if (!read.success || !asked.success) continue;
      const { role, turn } = read.data;
      const day = at.slice(0, 10);
      const key = JSON.stringify([day, role, turn.model]);
      const before = rows.get(key);
      rows.set(key, {
        run_id: run.id,
        day,
        role,
        model: turn.model,
        owner: run.owner.toLowerCase(),
        name: run.name.toLowerCase(),
        person_id: asked.data.sender.id,
        turns: (before?.turns ?? 0) + 1,
        unpriced_turns: (before?.unpriced_turns ?? 0) + (turn.usd === null ? 1 : 0),
        tokens: (before?.tokens ?? 0) + newTokens(turn.usage),
        usd: (before?.usd ?? 0) + (turn.usd ?? 0),
        seconds: (before?.seconds ?? 0) + turn.seconds,
      });
    }
    if (rows.size === 0) continue;
    await db
      .insertInto("spending")
      .values([...rows.values()])
      .execute();
  }
}

/** null: what a broken row holds is nothing to count. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
