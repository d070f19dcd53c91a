import type { Model, ModelReply } from "../agent/model.ts";
import { HandbackError } from "../errors.ts";
import { ProbeFailed, type Ask, type Probe, type ProbeResult } from "./probe.ts";

/**
 * One probe after the other. A model that cannot answer at all is asked nothing more, and none that lost a sentence in a prompt is
 * given a longer one.
 */
export async function askProbes(
  probes: readonly Probe[],
  options: {
    model: Model;
    /** Of one probe. */
    seconds: number;
    onReply: (reply: ModelReply) => void;
    onResult: (result: ProbeResult) => void;
  },
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const probe of probes) {
    const startedAt = performance.now();
    const { status, detail } = await askOne(probe, results, options);
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    const result = { name: probe.name, title: probe.title, status, detail, seconds };
    results.push(result);
    options.onResult(result);
  }
  return results;
}

type Outcome = Pick<ProbeResult, "status" | "detail">;

async function askOne(
  probe: Probe,
  earlier: readonly ProbeResult[],
  options: Parameters<typeof askProbes>[1],
): Promise<Outcome> {
  const hopeless = reasonToSkip(probe, earlier);
  if (hopeless !== null) return { status: "skipped", detail: hopeless };
  const signal = AbortSignal.timeout(options.seconds * 1000);
  const ask: Ask = async (request) => {
    const reply = await options.model.send({
      system: "You are being tried out. Do exactly what you are asked, in as few words as you can.",
      tools: [],
      maxOutputTokens: 2_000,
      signal,
      ...request,
    });
    options.onReply(reply);
    return reply;
  };
  try {
    return { status: "ok", detail: await probe.ask(ask) };
  } catch (error) {
    if (error instanceof ProbeFailed) return { status: "failed", detail: error.message };
    if (error instanceof HandbackError) return { status: "failed", detail: `${error.message} ${error.mend}` };
    if (signal.aborted) return { status: "failed", detail: `no answer within ${options.seconds} seconds` };
    throw error;
  }
}

function reasonToSkip(probe: Probe, earlier: readonly ProbeResult[]): string | null {
  if (probe.skipped != null) return probe.skipped;
  const failed = earlier.filter(({ status }) => status === "failed").map(({ name }) => name);
  if (failed.includes("answers")) return "it does not answer";
  if (probe.name === "result" && failed.includes("tool")) return "it calls no tool";
  const isContext = probe.name.startsWith("context_");
  return isContext && failed.some((name) => name.startsWith("context_"))
    ? "a shorter prompt was too long"
    : null;
}
