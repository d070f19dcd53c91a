/**
 * Durable steps: `step(name, body)` gives the recorded result of an earlier life, or runs the body and records what it
 * returns. Names are unique in a run. The result must survive JSON. First cause wins: a stop or a lost claim aborts `signal`.
 */
export type RunStep = <T>(name: string, body: (context: StepContext) => Promise<T>) => Promise<T>;

export interface StepContext {
  readonly name: string;
  readonly signal: AbortSignal;
}
