import type { Socket } from "node:net";
import { z } from "zod";
import { EXIT_NO_CHANNEL } from "../../sandbox/protocol.ts";
import { SandboxError } from "../errors.ts";
import { commandEnvironment } from "./command-environment.ts";
import { workspaceShare } from "./docker-limits.ts";
import { RequestRefused, type SandboxChannel } from "./channel.ts";
import type { SandboxSpec } from "./sandbox.ts";
import { within } from "./within.ts";

const START_TIMEOUT_MS = 60_000;
const Done = z.object({});

/** Tells the first process what commands find in their environment, and has it check the repository out. */
export async function prepareSandbox(channel: SandboxChannel, spec: SandboxSpec): Promise<void> {
  const { commit, branch, author } = spec.checkout;
  try {
    await Promise.all([
      channel.request({ op: "hello", env: commandEnvironment }, { schema: Done }),
      channel.request({ op: "prepare", commit, branch, author }, { schema: Done }),
    ]);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    if (error.code === "cannot_start") throw unfit(error, spec.image, error.message);
    if (error.code === "checkout_too_big") throw tooBig(error, spec);
    const message = `the sandbox could not check out ${commit}: ${error.message}`;
    throw new SandboxError("sandbox.checkout_failed", message, {
      mend: "See whether the commit still exists and git can read it.",
      fields: { commit, branch },
      cause: error,
    });
  }
}

/** The repository's share of the disk must hold the files, and what is built from them. */
function tooBig(cause: RequestRefused, spec: SandboxSpec): SandboxError {
  const { commit } = spec.checkout;
  const { diskMb } = spec.limits;
  const enough = Math.ceil(((cause.needMb ?? diskMb) * 1.5) / workspaceShare / 256) * 256;
  const message = `the repository does not fit on the sandbox's disk: ${cause.message}`;
  return new SandboxError("sandbox.checkout_too_big", message, {
    mend: `Set sandbox.diskMb in .github/handback.yml to ${Math.max(enough, 2 * diskMb)} (it is ${diskMb}). The disk is in memory: the machine needs as much.`,
    fields: { commit, diskMb },
    cause,
  });
}

/** Lost before it was ready means that the first process cannot run in this image. */
export function unfitIfLost(cause: unknown, image: string): unknown {
  if (!(cause instanceof SandboxError) || cause.code !== "sandbox.lost") return cause;
  if (cause.fields["exitCode"] === EXIT_NO_CHANNEL) return noChannel(cause);
  return unfit(cause, image, "its first process ended at once");
}

function unfit(cause: Error, image: string, why: string): SandboxError {
  return new SandboxError("sandbox.image_unfit", `the image ${image} cannot be a sandbox: ${why}`, {
    mend: "Use an image that is built on Handback's (FROM handback-sandbox:local); bin/setup builds that one again.",
    fields: { image, ...(cause instanceof SandboxError ? cause.fields : {}) },
    cause,
  });
}

function noChannel(cause: SandboxError): SandboxError {
  return new SandboxError("sandbox.no_channel", "the sandbox cannot reach the host's socket", {
    mend: "Docker must run on this machine and mount sockets as they are: gVisor wants `--host-uds=open` among its runtimeArgs, and a Docker in a virtual machine cannot.",
    fields: cause.fields,
    cause,
  });
}

/** The first process's connection. Throws SandboxError `sandbox.not_ready`. */
export async function firstConnection(made: Promise<Socket>): Promise<Socket> {
  return within(START_TIMEOUT_MS, made, () => notReady(START_TIMEOUT_MS));
}

function notReady(ms: number): SandboxError {
  const message = `the sandbox's first process did not answer within ${ms / 1000} s`;
  return new SandboxError("sandbox.not_ready", message, { mend: "See whether the machine is overloaded." });
}
