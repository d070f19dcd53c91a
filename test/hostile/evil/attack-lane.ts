import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { Arena } from "./arena.ts";
import type { Attack } from "./attack.ts";
import { Judge } from "./judge.ts";
import type { Registry } from "./listeners.ts";
import { planAttack } from "./plan.ts";
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

/** Plays the attacks of these numbers in an arena of its own, one after the other, and judges each. */
export async function playAttacks(options: {
  corpus: readonly Attack[];
  seed: number;
  numbers: Iterator<number>;
  registry: Registry | null;
  judged: (one: Judged) => void;
}): Promise<void> {
  const { corpus, seed, numbers, registry, judged } = options;
  await using arena = await Arena.start(registry);
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
    const planned = planAttack({ corpus, seed, number: next.value, facts: arena.facts });
    const startedAt = performance.now();
    const isAlone = planned.parts.some(({ alone }) => alone);
    const wrongs: string[] = [];
    if (isAlone && shared !== null && shared.uses > 0) wrongs.push(...(await letGo()));
    shared ??= { sandbox: await startArenaSandbox(arena), uses: 0 };
    shared.uses += 1;
    const played: Played = await playAttack(arena, planned, shared.sandbox);
    const goesOn = !isAlone && shared.uses < SHARED_BY && (await refresh(arena, shared.sandbox));
    if (!goesOn) wrongs.push(...(await letGo()));
    wrongs.push(...judge.afterAttack(planned, played));
    const seconds = (performance.now() - startedAt) / 1000;
    judged({ id: planned.id, row: planned.parts[0]?.row ?? 0, end: played.end, wrongs, seconds });
  }
  await letGo();
}
