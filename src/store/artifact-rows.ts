import type { Kysely, Transaction } from "kysely";
import { RunError } from "../errors.ts";
import type { Database } from "./database.ts";

interface Artifact {
  readonly runId: string;
  readonly epoch: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

const mostBytes = 64 * 1024 * 1024;

/** Throws RunError for one which no later step could take along. */
export function assertKeepable({ runId, name, bytes }: Omit<Artifact, "epoch">): void {
  if (bytes.byteLength <= mostBytes) return;
  throw new RunError(
    "run.artifact_too_big",
    `${name} has ${bytes.byteLength} bytes; at most 64 MB are kept.`,
    {
      mend: "Make the change smaller: large files do not belong in a pull request.",
      fields: { runId, name, bytes: bytes.byteLength },
    },
  );
}

export async function upsertArtifact(db: Transaction<Database>, artifact: Artifact): Promise<void> {
  const { runId, epoch, name, bytes } = artifact;
  const at = new Date().toISOString();
  await db
    .insertInto("artifacts")
    .values({ run_id: runId, name, bytes, epoch, at })
    .onConflict((conflict) => conflict.columns(["run_id", "name"]).doUpdateSet({ bytes, epoch, at }))
    .execute();
}

export async function selectArtifact(
  db: Kysely<Database>,
  { runId, name }: { runId: string; name: string },
): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom("artifacts")
    .select("bytes")
    .where("run_id", "=", runId)
    .where("name", "=", name)
    .executeTakeFirst();
  return row?.bytes ?? null;
}
