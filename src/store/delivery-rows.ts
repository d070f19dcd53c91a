import type { Kysely, Transaction } from "kysely";
import type { Run } from "../run/run.ts";
import type { Database } from "./database.ts";
import { runFromRow } from "./records.ts";

/** A webhook is known by GitHub's id and by its content: the id is not signed, so a replay can have another one. */
export interface DeliveryNames {
  readonly deliveryId: string;
  readonly content?: string | undefined;
}

/** The row of its id and, where there is one, that of its content. False, and nothing is written, when either is there already. */
export async function insertDelivery(
  db: Transaction<Database>,
  delivery: DeliveryNames & { event: string },
): Promise<boolean> {
  if (await isDelivered(db, delivery)) return false;
  const { event } = delivery;
  const row = { event, received_at: new Date().toISOString(), run_id: null };
  const rows = rowNames(delivery).map((name) => ({ ...row, delivery_id: name }));
  const inserted = await db
    .insertInto("deliveries")
    .values(rows)
    .onConflict((conflict) => conflict.column("delivery_id").doNothing())
    .returning("delivery_id")
    .execute();
  return inserted.length === rows.length;
}

export async function isDelivered(db: Kysely<Database>, delivery: DeliveryNames): Promise<boolean> {
  const found = await db
    .selectFrom("deliveries")
    .select("delivery_id")
    .where("delivery_id", "in", rowNames(delivery))
    .executeTakeFirst();
  return found !== undefined;
}

export async function setRunOfDelivery(
  db: Transaction<Database>,
  delivery: DeliveryNames,
  runId: string,
): Promise<void> {
  await db
    .updateTable("deliveries")
    .set({ run_id: runId })
    .where("delivery_id", "in", rowNames(delivery))
    .execute();
}

export async function runOfDelivery(db: Kysely<Database>, delivery: DeliveryNames): Promise<Run | null> {
  const row = await db
    .selectFrom("deliveries")
    .innerJoin("runs", "runs.id", "deliveries.run_id")
    .selectAll("runs")
    .where("delivery_id", "in", rowNames(delivery))
    .executeTakeFirst();
  return row === undefined ? null : runFromRow(row);
}

/** GitHub's ids have no colon. */
function rowNames({ deliveryId, content }: DeliveryNames): string[] {
  return content === undefined ? [deliveryId] : [deliveryId, `content:${content}`];
}
