import { parseArgs } from "node:util";

export interface HostileArguments {
  readonly attacks: number;
  readonly seed: number;
  /** Ids of attacks, `name~number`: these and no others. */
  readonly only: readonly string[];
  /** Of the attacks, how many are whole runs against the local GitHub, each searched for canaries. */
  readonly wholeRuns: number;
  readonly lanes: number;
}

export const usage = `npm run hostile -- [--attacks 1000] [--canary-runs 40] [--seed N] [--only NAME~N ...] [--lanes 2]

  --attacks N       so many attacks in all
  --canary-runs N   so many of them are whole runs against a GitHub on this machine; every secret of the host is
                    searched in all that they leave (default: one attack in 25)
  --seed N          plays the same attacks again
  --only NAME~N     this one alone, as a failure names it; may be given again
  --lanes N         so many at the same time`;

/** Throws RangeError or TypeError for what makes no sense. */
export function readArguments(args: readonly string[]): HostileArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      attacks: { type: "string", default: "1000" },
      seed: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      "canary-runs": { type: "string" },
      lanes: { type: "string", default: "2" },
    },
  });
  const attacks = whole("--attacks", values.attacks, 1);
  const wholeRuns =
    values["canary-runs"] === undefined
      ? Math.floor(attacks / 25)
      : whole("--canary-runs", values["canary-runs"], 0);
  return {
    attacks: Math.max(attacks, wholeRuns),
    wholeRuns,
    seed: values.seed === undefined ? Math.floor(Math.random() * 1e9) : whole("--seed", values.seed, 0),
    only: values.only,
    lanes: whole("--lanes", values.lanes, 1),
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= least) return number;
  throw new RangeError(`${name} must be a whole number from ${least} on, not ${JSON.stringify(text)}`);
}
