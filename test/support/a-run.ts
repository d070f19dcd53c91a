import type { Run } from "../../src/run/run.ts";
import { aTrigger } from "../store/a-trigger.ts";

export function aRun(change: Partial<Run> = {}): Run {
  return {
    id: "r0000000000000test1",
    kind: "change",
    trigger: aTrigger(),
    createdAt: "2026-11-22T19:00:01Z",
    state: { status: "in_progress", step: "plan" },
    epoch: 1,
    ...change,
  };
}
