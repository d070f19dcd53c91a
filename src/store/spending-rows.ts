import type { Kysely, Transaction } from "kysely";
import { z } from "zod";
import type { RunEvent } from "../run/events.ts";
import { newTokens, spendingOf } from "../run/spending.ts";
import { roleNames } from "../triggers/trigger.ts";
import type { Database, RunsTable, SpendingTable } from "./database.ts";
import type { SpendingRow } from "./spending.ts";

/** Adds what `events` say that calls of models cost to the rows of their run and day. */
export async function addSpending(
  db: Transaction<Database>,
  { run, day, events }: { run: RunsTable; day: string; events: readonly RunEvent[] },
): Promise<void> {
  for (const event of events) {
    const spending = spendingOf(event);
    if (spending === null) continue;
    const { model, usage, usd, seconds } = spending;
    const row: SpendingTable = {
      ...ownerOf(run),
      day,
      role: spending.role,
      model,
      turns: 1,
      unpriced_turns: usd === null ? 1 : 0,
      tokens: newTokens(usage),
      usd: usd ?? 0,
      seconds,
    };
    await db
      .insertInto("spending")
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(["run_id", "day", "role", "model"]).doUpdateSet((update) => ({
          turns: update("spending.turns", "+", row.turns),
          unpriced_turns: update("spending.unpriced_turns", "+", row.unpriced_turns),
          tokens: update("spending.tokens", "+", row.tokens),
          usd: update("spending.usd", "+", row.usd),
          seconds: update("spending.seconds", "+", row.seconds),
        })),
      )
      .execute();
  }
}

/** Of a run, or of a day; oldest run first. */
export async function selectSpending(
  db: Kysely<Database>,
  filter: { readonly runId: string } | { readonly day: string },
): Promise<SpendingRow[]> {
  const all = db.selectFrom("spending").selectAll().orderBy("run_id").orderBy("day").orderBy("role");
  const rows = await (
    "runId" in filter ? all.where("run_id", "=", filter.runId) : all.where("day", "=", filter.day)
  ).execute();
  return rows.map((row) => ({
    runId: row.run_id,
    day: row.day,
    repository: { owner: row.owner, name: row.name },
    personId: row.person_id,
    role: role.parse(row.role),
    model: row.model,
    turns: row.turns,
    tokens: row.tokens,
    usd: row.unpriced_turns === row.turns ? null : row.usd,
    seconds: row.seconds,
  }));
}

/** Whose spending it is: in small letters, as GitHub compares names. */
export function ownerOf(run: Pick<RunsTable, "id" | "owner" | "name" | "trigger">): {
  run_id: string;
  owner: string;
  name: string;
  person_id: number;
} {
  const { sender } = asked.parse(JSON.parse(run.trigger));
  return {
    run_id: run.id,
    owner: run.owner.toLowerCase(),
    name: run.name.toLowerCase(),
    person_id: sender.id,
  };
}

/** In UTC, on which days end everywhere at once. */
export function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

const role = z.enum(roleNames);
const asked = z.object({ sender: z.object({ id: z.number() }) });
