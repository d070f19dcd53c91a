import { ConfigurationError, HandbackError } from "../errors.ts";
import { Skipped, type Check, type Finding } from "./check.ts";
import { within } from "../sandbox/within.ts";

/** One check, whatever happens in it: it ends in time and never throws. */
export async function look(check: Check, options: { seconds: number }): Promise<Finding> {
  const { name, neededFor } = check;
  const startedAt = performance.now();
  const finding = (
    status: Finding["status"],
    detail: string,
    mend: string | null,
    warnings: readonly string[] = [],
  ): Finding => {
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    return { name, status, neededFor, detail, mend, warnings, seconds };
  };
  try {
    const late = (): Error => tooLate(options.seconds);
    const seen = await within(options.seconds * 1000, check.look(), late);
    if (typeof seen === "string") return finding("ok", seen, null);
    return finding("ok", seen.detail, null, seen.warnings);
  } catch (error) {
    if (error instanceof Skipped) return finding("skipped", error.message, null);
    if (error instanceof HandbackError) return finding("failed", error.message, error.mend);
    const message = error instanceof Error ? error.message : String(error);
    return finding("failed", message, "This is not foreseen: please report it with this line.");
  }
}

function tooLate(seconds: number): ConfigurationError {
  return new ConfigurationError("doctor.late", `No answer within ${seconds} seconds.`, {
    mend: "See whether it runs, and whether its address is the right one.",
  });
}
