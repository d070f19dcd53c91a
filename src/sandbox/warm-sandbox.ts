import type { Sandbox, Sandboxes, SandboxLimits, SandboxSpec } from "./sandbox.ts";

/** What cannot be changed any more when a container has started. Its mirror is that of one repository. */
export interface SandboxShape {
  readonly image: string;
  readonly mirror: string;
  readonly limits: Omit<SandboxLimits, "minutes">;
}

/** So long one waits for its run. */
export const WARM_MS = 10 * 60_000;

/** Its first process is connected; nothing is checked out, no command ran in it, and there is no way out of it. */
export interface WarmSandbox extends AsyncDisposable {
  /** Settles when it has ended, by itself or by disposal. */
  readonly over: Promise<void>;
  /** Does it live, and are image and mirror still those that it was started with? Never throws. */
  isFit(): Promise<boolean>;
  /** Once. Makes it the run's own, as `Sandboxes.start` would give one; throws what that throws, and then nothing is left of it. */
  take(spec: SandboxSpec): Promise<Sandbox>;
}

/** Sandboxes that can also be started before their run is known. */
export interface WarmSandboxes extends Sandboxes {
  /** `signal` ends the making, and nothing more. */
  warm(shape: SandboxShape, options: { signal: AbortSignal }): Promise<WarmSandbox>;
}

/** Of the sandbox that is asked for. */
export function shapeOf({ image, limits, checkout }: SandboxSpec): SandboxShape {
  const { memoryMb, cpus, pids, diskMb } = limits;
  return { image, mirror: checkout.mirror, limits: { memoryMb, cpus, pids, diskMb } };
}
