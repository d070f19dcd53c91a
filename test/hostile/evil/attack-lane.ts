import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { Arena } from "./arena.ts";
import type { Attack } from "./attack.ts";
import { Judge } from "./judge.ts";
import { planAttack } from "./plan.ts";
import { needsRegistry, type NoRegistry, type Registry } from "./registry.ts";
import { playAttack, refresh, startArenaSandbox, type Played } from "./play-attack.ts";

export interface Judged {
  readonly id: string;
  readonly row: number;
  readonly end: string;
  readonly wrongs: readonly string[];
  readonly seconds: number;
}

/** So many attacks share a sandbox, one after the other. */
const SHARED_BY = 8;

/** Plays the attacks of these numbers in an arena of its own, one after the other, and judges each; none any more after `signal`. */
export async function playAttacks(options: {
  corpus: readonly Attack[];
  seed: number;
  numbers: Iterator<number>;
  registry: Registry | NoRegistry;
  judged: (one: Judged) => void;
  signal?: AbortSignal;
}): Promise<void> {
  const { corpus, seed, numbers, registry, judged, signal } = options;
  await using arena = await Arena.start("missing" in registry ? null : registry);
  let shared: { sandbox: Sandbox; uses: number } | null = {
    sandbox: await startArenaSandbox(arena),
    uses: 0,
  };
  const judge = new Judge(arena);
  const letGo = async (): Promise<string[]> => {
    await shared?.sandbox[Symbol.asyncDispose]();
    shared = null;
    return judge.afterSandbox();
  };
  for (let next = numbers.next(); next.done !== true; next = numbers.next()) {
    if (signal?.aborted) break;
    const planned = planAttack({ corpus, seed, number: next.value, facts: arena.facts });
    const row = planned.parts[0]?.row ?? 0;
    if ("missing" in registry && planned.parts.some(needsRegistry)) {
      const wrongs = [`it was not played, for there is no registry: ${registry.missing}`];
      judged({ id: planned.id, row, end: "not played", wrongs, seconds: 0 });
      continue;
    }
    const startedAt = performance.now();
    const isAlone = planned.parts.some(({ alone }) => alone);
    const wrongs: string[] = [];
    if (isAlone && shared !== null && shared.uses > 0) wrongs.push(...(await letGo()));
    shared ??= { sandbox: await startArenaSandbox(arena), uses: 0 };
    shared.uses += 1;
    const played: Played = await playAttack(arena, { planned, sandbox: shared.sandbox, signal });
    if (signal?.aborted) break;
    const goesOn = !isAlone && shared.uses < SHARED_BY && (await refresh(arena, shared.sandbox));
    if (!goesOn) wrongs.push(...(await letGo()));
    wrongs.push(...judge.afterAttack(planned, played));
    const seconds = (performance.now() - startedAt) / 1000;
    judged({ id: planned.id, row, end: played.end, wrongs, seconds });
  }
  await letGo();
}
