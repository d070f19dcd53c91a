import type { Transaction } from "kysely";
import { FencedError, StoreError } from "../errors.ts";
import type { RunEvent } from "../run/events.ts";
import { newRunId } from "../run/run-id.ts";
import type { Run, RunKind } from "../run/run.ts";
import { applyEvent } from "../run/transition.ts";
import type { Trigger } from "../triggers/trigger.ts";
import type { Database, RunsTable } from "./database.ts";
import { runFromRow, stateFromRow } from "./records.ts";
import { addSpending } from "./spending-rows.ts";

/** Writes `events` at the end of the journal, what they say of the state into the run's row, and what they cost as of `day`. */
export async function appendEvents(
  db: Transaction<Database>,
  { runId, epoch, events, day }: { runId: string; epoch: number; events: readonly RunEvent[]; day: string },
): Promise<void> {
  const row = await takeNumbers(db, { runId, epoch, count: events.length });
  const before = stateFromRow(row);
  const after = events.reduce(applyEvent, before);
  await insertEvents(db, { runId, epoch, lastNumber: row.last_number, events });
  await addSpending(db, { run: row, day, events });
  if (after.status === "in_progress" && (before.status !== "in_progress" || before.step !== after.step)) {
    await db
      .updateTable("runs")
      .set({ status: after.status, step: after.step })
      .where("id", "=", runId)
      .execute();
  } else if (after.status === "completed") {
    const conclusion = JSON.stringify(after.conclusion);
    await db
      .updateTable("runs")
      .set({ status: "completed", conclusion, busy_key: null })
      .where("id", "=", runId)
      .execute();
  }
}

/**
 * Reserves the next `count` numbers of the journal. One statement is the fence, the numbering and the lock on the row, in any
 * database. Throws FencedError for an older epoch, StoreError for a run that is completed or unknown.
 */
export async function takeNumbers(
  db: Transaction<Database>,
  { runId, epoch, count }: { runId: string; epoch: number; count: number },
): Promise<RunsTable> {
  const row = await db
    .updateTable("runs")
    .set((update) => ({ last_number: update("last_number", "+", count) }))
    .where("id", "=", runId)
    .where("epoch", "=", epoch)
    .where("status", "!=", "completed")
    .returningAll()
    .executeTakeFirst();
  return row ?? (await refuse(db, { runId, epoch }));
}

/** `lastNumber` is the number of the last of `events`. */
export async function insertEvents(
  db: Transaction<Database>,
  journal: { runId: string; epoch: number; lastNumber: number; events: readonly RunEvent[] },
): Promise<void> {
  const { runId, epoch, lastNumber, events } = journal;
  const at = new Date().toISOString();
  const first = lastNumber - events.length + 1;
  await db
    .insertInto("events")
    .values(
      events.map((event, index) => ({
        run_id: runId,
        number: first + index,
        at,
        epoch,
        event: JSON.stringify(event),
      })),
    )
    .execute();
}

/** null when another run holds `busyKey`. */
export async function insertRun(
  db: Transaction<Database>,
  { kind, trigger, busyKey }: { kind: RunKind; trigger: Trigger; busyKey: string | null },
): Promise<Run | null> {
  const row = await db
    .insertInto("runs")
    .values({
      id: newRunId(),
      kind,
      owner: trigger.repository.owner,
      name: trigger.repository.name,
      issue_number: trigger.issueNumber,
      trigger: JSON.stringify(trigger),
      created_at: new Date().toISOString(),
      status: "queued",
      step: null,
      conclusion: null,
      epoch: 0,
      worker: null,
      last_number: 1,
      busy_key: busyKey,
      stop_requested_by: null,
    })
    .onConflict((conflict) => conflict.column("busy_key").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return null;
  await insertEvents(db, { runId: row.id, epoch: 0, lastNumber: 1, events: [{ type: "run.queued" }] });
  return runFromRow(row);
}

/** GitHub's names do not tell upper from lower case. */
export function busyKeyOf({ repository, issueNumber }: Trigger): string {
  return `${repository.owner}/${repository.name}#${issueNumber}`.toLowerCase();
}

async function refuse(
  db: Transaction<Database>,
  { runId, epoch }: { runId: string; epoch: number },
): Promise<never> {
  const row = await db
    .selectFrom("runs")
    .select(["epoch", "worker"])
    .where("id", "=", runId)
    .executeTakeFirst();
  if (row === undefined) {
    throw new StoreError("store.run_unknown", `There is no run ${runId} in the database.`, {
      mend: "Ask for the run again; was the database replaced while the queue was kept?",
      fields: { runId },
    });
  }
  if (row.epoch !== epoch) {
    throw new FencedError("run.fenced", `Another worker has taken over run ${runId}.`, {
      mend: "Nothing is to be done: the run goes on there.",
      fields: { runId, epoch, newest: row.epoch, worker: row.worker },
    });
  }
  throw new StoreError("store.run_completed", `Run ${runId} is completed: its journal takes nothing more.`, {
    mend: "Ask for a new run.",
    fields: { runId },
  });
}
