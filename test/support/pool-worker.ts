/**
 * A process of its own, to be killed: it has a sandbox that started cold, one that it took from its pool, and one that waits there.
 * The first process of the taken one is stopped, so that it cannot end by itself. Its input is a PoolWorkerOrder.
 */
import { readFileSync } from "node:fs";
import { DockerSandboxes } from "../../src/sandbox/docker-sandboxes.ts";
import type { SandboxSpec } from "../../src/sandbox/sandbox.ts";
import { SandboxPool } from "../../src/sandbox/sandbox-pool.ts";
import { watched } from "./watched-sandboxes.ts";

export interface PoolWorkerOrder {
  readonly stateDirectory: string;
  readonly spec: SandboxSpec;
}

const { stateDirectory, spec } = JSON.parse(readFileSync(0, "utf8")) as PoolWorkerOrder;
const sandboxes = watched(new DockerSandboxes({ stateDirectory }));
const pool = new SandboxPool({ sandboxes, size: 1 });
const cold = await pool.start(spec);
await sandboxes.warmed(1);
const taken = await pool.start(spec);
await sandboxes.warmed(2);
await taken.start("kill -STOP $(pgrep -f sandboxd.js)");
process.stdout.write(`${JSON.stringify({ cold: cold.id, taken: taken.id })}\n`);
