import { z } from "zod";
import { StoreError } from "../errors.ts";
import type { RunEvent } from "../run/events.ts";
import { failureWords, refusalWords, type FailureKind, type RefusalRule } from "../run/network.ts";
import type { Run, RunConclusion, RunState } from "../run/run.ts";
import { roleNames, type Trigger } from "../triggers/trigger.ts";
import type { EventsTable, RunsTable } from "./database.ts";
import type { StoredEvent } from "./store.ts";

/** A row as a Run. Throws StoreError `store.poisoned` when it does not hold what Handback writes. */
export function runFromRow(row: RunsTable): Run {
  return {
    id: row.id,
    kind: parse(runKind, row.kind, row.id),
    trigger: parseJson(trigger, row.trigger, row.id),
    createdAt: row.created_at,
    state: stateFromRow(row),
    epoch: row.epoch,
  };
}

export function stateFromRow(row: Pick<RunsTable, "id" | "status" | "step" | "conclusion">): RunState {
  switch (row.status) {
    case "queued":
      return { status: "queued" };
    case "in_progress":
      return { status: "in_progress", step: row.step ?? "" };
    case "completed":
      return { status: "completed", conclusion: parseJson(conclusion, row.conclusion ?? "null", row.id) };
    default:
      throw poisoned(row.id, `status ${String(row.status satisfies never)}`);
  }
}

/** A row as an event of the journal. Throws StoreError `store.poisoned`. */
export function eventFromRow(row: EventsTable): StoredEvent {
  return {
    number: row.number,
    at: row.at,
    epoch: row.epoch,
    event: parseJson(runEvent, row.event, row.run_id),
  };
}

function parseJson<T>(schema: z.ZodType<T>, text: string, runId: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw poisoned(runId, cause);
  }
  return parse(schema, value, runId);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, runId: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw poisoned(runId, parsed.error);
  return parsed.data;
}

function poisoned(runId: string, cause: unknown): StoreError {
  return new StoreError("store.poisoned", `What is stored of run ${runId} is not what Handback writes.`, {
    mend: "Restore the database from a backup, or ask for the run again; other runs are not affected.",
    fields: { runId },
    cause,
  });
}

// Loose objects: a newer Handback may add fields, and an older worker beside it must not lose them.
const role = z.enum(roleNames);
const runKind = z.enum(["change", "fix", "review", "ci"]);

const options = z.looseObject({
  models: z.partialRecord(role, z.string()),
  usd: z.number().nullable(),
  rounds: z.number().nullable(),
});

const trigger = z.looseObject({
  command: z.discriminatedUnion("kind", [
    z.looseObject({ kind: z.literal("do"), text: z.string(), options }),
    z.looseObject({ kind: z.literal("fix"), text: z.string(), options }),
    z.looseObject({ kind: z.literal("review"), focus: z.string(), options }),
    z.looseObject({ kind: z.literal("ci"), branch: z.string(), headSha: z.string(), options }),
    z.looseObject({ kind: z.literal("stop"), options }),
    z.looseObject({ kind: z.literal("status"), options }),
    z.looseObject({ kind: z.literal("help"), options }),
  ]),
  repository: z.looseObject({ owner: z.string(), name: z.string(), installationId: z.number() }),
  issueNumber: z.number(),
  isPullRequest: z.boolean(),
  commentId: z.number().nullable(),
  sender: z.looseObject({ login: z.string(), id: z.number() }),
  subject: z.looseObject({ title: z.string(), body: z.string() }),
  deliveryId: z.string(),
  at: z.string(),
}) satisfies z.ZodType<Trigger>;

const failure = z.looseObject({ code: z.string(), message: z.string(), mend: z.string() });

const conclusion = z.discriminatedUnion("kind", [
  z.looseObject({
    kind: z.literal("handed_back"),
    pullNumber: z.number(),
    headSha: z.string(),
    verdict: z.enum(["approve", "open_findings", "not_reviewed"]),
  }),
  z.looseObject({
    kind: z.literal("reviewed"),
    pullNumber: z.number(),
    headSha: z.string(),
    findings: z.number().nullable(),
  }),
  z.looseObject({
    kind: z.literal("ci_started"),
    pullNumber: z.number(),
    approvedSha: z.string(),
    headSha: z.string(),
  }),
  z.looseObject({ kind: z.literal("no_change"), reason: z.string(), mend: z.string().exactOptional() }),
  z.looseObject({ kind: z.literal("stopped"), by: z.string() }),
  z.looseObject({ kind: z.literal("failed"), step: z.string(), failure }),
]) satisfies z.ZodType<RunConclusion>;

const usage = z.looseObject({
  input: z.number(),
  output: z.number(),
  cacheRead: z.number().nullable(),
  cacheWrite: z.number().nullable(),
  isEstimated: z.literal(true).exactOptional(),
});

const agentTurn = z.looseObject({
  index: z.number(),
  model: z.string(),
  usage,
  usd: z.number().nullable(),
  seconds: z.number().exactOptional(),
  stopReason: z.string(),
  text: z.string(),
  told: z.string().exactOptional(),
  calls: z.array(
    z.looseObject({
      tool: z.string(),
      input: z.unknown(),
      output: z.string(),
      isError: z.boolean(),
      ms: z.number(),
    }),
  ),
});

const check = z.looseObject({
  command: z.string(),
  exitCode: z.number().nullable(),
  reason: z.enum(["exited", "timeout", "out_of_memory", "killed"]),
  seconds: z.number(),
  tail: z.string(),
  isSetup: z.literal(true).exactOptional(),
  at: z.enum(["base", "head", "head_tests_on_base"]).exactOptional(),
  isFlaky: z.literal(true).exactOptional(),
  tests: z
    .looseObject({ passed: z.array(z.string()), failed: z.array(z.string()), isWhole: z.boolean() })
    .exactOptional(),
});

const hostReached = z.looseObject({
  host: z.string(),
  requests: z.number(),
  bytesIn: z.number(),
  refused: z.array(
    z.looseObject({ rule: z.enum(Object.keys(refusalWords) as RefusalRule[]), requests: z.number() }),
  ),
  failed: z
    .array(z.looseObject({ why: z.enum(Object.keys(failureWords) as FailureKind[]), requests: z.number() }))
    .exactOptional(),
});

const step = z.string();
const runEvent = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("run.queued") }),
  z.looseObject({ type: z.literal("run.claimed"), epoch: z.number(), worker: z.string() }),
  z.looseObject({ type: z.literal("step.started"), step }),
  z.looseObject({ type: z.literal("step.completed"), step, result: z.unknown(), seconds: z.number() }),
  z.looseObject({ type: z.literal("step.failed"), step, failure }),
  z.looseObject({ type: z.literal("effect.intended"), key: z.string(), what: z.string() }),
  z.looseObject({ type: z.literal("effect.done"), key: z.string(), result: z.unknown(), found: z.boolean() }),
  z.looseObject({
    type: z.literal("agent.turn"),
    step,
    role,
    agent: z.string().exactOptional(),
    turn: agentTurn,
  }),
  z.looseObject({
    type: z.literal("agent.compacted"),
    step,
    role,
    agent: z.string().exactOptional(),
    keptFrom: z.number(),
    summary: z.string(),
    spent: z
      .looseObject({ model: z.string(), usage, usd: z.number().nullable(), seconds: z.number() })
      .exactOptional(),
  }),
  z.looseObject({
    type: z.literal("rung.ended"),
    step,
    rung: z.number(),
    model: z.string(),
    outcome: z.enum(["good", "checks_failed", "findings_open", "gave_up"]),
    learned: z.string(),
  }),
  z.looseObject({ type: z.literal("check.ran"), step, check }),
  z.looseObject({ type: z.literal("network.used"), step, hosts: z.array(hostReached) }),
  z.looseObject({
    type: z.literal("gate.refused"),
    refusal: z.looseObject({ rule: z.string(), what: z.string(), mend: z.string() }),
  }),
  z.looseObject({ type: z.literal("note"), step, text: z.string() }),
  z.looseObject({ type: z.literal("run.waiting"), failure }),
  z.looseObject({ type: z.literal("stop.requested"), by: z.string() }),
  z.looseObject({ type: z.literal("run.completed"), conclusion }),
]) satisfies z.ZodType<RunEvent>;

/** Fails to compile when the journal's union gets a member that is not read here. */
type Missing = Exclude<RunEvent["type"], z.infer<typeof runEvent>["type"]>;
true satisfies [Missing] extends [never] ? true : false;
