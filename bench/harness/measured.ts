import { billedTokens } from "./cache-account.ts";
import { median } from "../median.ts";
import type { PromptFacts } from "./prompt-facts.ts";
import type { Recording } from "./recording.ts";
import type { Trajectory } from "./trajectory.ts";

/** One harness on one trajectory. Tokens by the bench's own rule, see count-tokens.ts and cache-account.ts. */
export interface Measured {
  readonly harness: string;
  readonly isPeer: boolean;
  readonly trajectory: Trajectory["name"];
  /** What was not as it must be; empty: the whole script was walked and its work is in the last commit. */
  readonly problems: readonly string[];
  readonly billed: number;
  readonly input: number;
  readonly output: number;
  /** Sent to the model's server. */
  readonly bytes: number;
  /** Of the input, read from the cache. */
  readonly cachedShare: number;
  readonly requests: number;
  /** Of them, not of the conversation: titles and the like. */
  readonly sideRequests: number;
  /** Harness alone, a value for each turn in the order they came. */
  readonly turnMs: readonly number[];
  readonly seconds: number;
  readonly peakMb: number;
  /** What a sandbox beside the harness held; null where its tools run in its own process tree. */
  readonly sandboxMb: number | null;
  readonly prompt: PromptFacts | null;
}

export function figuresOf(
  recording: Recording,
  floors: readonly number[],
): Pick<
  Measured,
  "billed" | "input" | "output" | "bytes" | "cachedShare" | "requests" | "sideRequests" | "turnMs" | "prompt"
> {
  const { requests } = recording;
  const sum = (of: (request: (typeof requests)[number]) => number) =>
    requests.reduce((total, request) => total + of(request), 0);
  const input = sum(({ usage }) => usage.uncached + usage.write + usage.read);
  return {
    billed: Math.round(sum(({ usage }) => billedTokens(usage))),
    input,
    output: sum(({ output }) => output),
    bytes: sum(({ bytes }) => bytes),
    cachedShare: input === 0 ? 0 : sum(({ usage }) => usage.read) / input,
    requests: requests.length,
    sideRequests: requests.filter(({ kind }) => kind === "side").length,
    turnMs: turnTimes(recording, floors),
    prompt: recording.prompt,
  };
}

/**
 * From the end of an answer to the arrival of the next request of the conversation, less the floor of the tool that ran
 * in between. Turns beside which something was refused or broken are left out: there the harness waits on purpose.
 */
function turnTimes({ requests, refusedSteps }: Recording, floors: readonly number[]): number[] {
  const conversation = requests.filter(({ kind }) => kind === "conversation");
  return conversation.flatMap((request, n) => {
    const before = conversation[n - 1];
    if (!before || before.answeredAt === null || before.fault !== null || refusedSteps.has(request.step)) {
      return [];
    }
    return [request.arrivedAt - before.answeredAt - (floors[before.step] ?? 0)];
  });
}

/**
 * Several rounds of the same as one: the median of each figure, all problems, and of each turn the round in which it was
 * quickest, since other work on the machine only ever makes a turn slower.
 */
export function pool(rounds: readonly Measured[]): Measured {
  const [first] = rounds;
  if (!first) throw new Error("Nothing was measured");
  const middle = (of: (round: Measured) => number) => median(rounds.map(of));
  const sandboxes = rounds.flatMap(({ sandboxMb }) => sandboxMb ?? []);
  return {
    ...first,
    problems: [...new Set(rounds.flatMap(({ problems }) => problems))],
    billed: middle(({ billed }) => billed),
    input: middle(({ input }) => input),
    output: middle(({ output }) => output),
    bytes: middle(({ bytes }) => bytes),
    cachedShare: middle(({ cachedShare }) => cachedShare),
    requests: middle(({ requests }) => requests),
    sideRequests: middle(({ sideRequests }) => sideRequests),
    turnMs: quickest(rounds.map(({ turnMs }) => turnMs)),
    seconds: middle(({ seconds }) => seconds),
    peakMb: Math.max(...rounds.map(({ peakMb }) => peakMb)),
    sandboxMb: sandboxes.length > 0 ? Math.max(...sandboxes) : null,
  };
}

/** Rounds of other lengths, in which something else went wrong, are left out. */
function quickest(rounds: readonly (readonly number[])[]): number[] {
  const length = median(rounds.map((turns) => turns.length));
  const alike = rounds.filter((turns) => turns.length === length);
  return (alike[0] ?? []).map((_, at) => Math.min(...alike.map((turns) => turns[at] ?? Infinity)));
}
