import { spawn } from "node:child_process";

/** A process of the host with this among its arguments, until it is let go of, or this process ends. */
export function startDecoy(argument: string): Disposable {
  // It waits for its input, which ends with us.
  const child = spawn("sh", ["-c", "read line", "--", argument], { stdio: ["pipe", "ignore", "ignore"] });
  return { [Symbol.dispose]: () => void child.kill("SIGKILL") };
}
