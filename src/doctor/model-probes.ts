import { z } from "zod";
import { declare } from "../agent/define-tool.ts";
import type { ModelMessage, ModelReply, ToolCallBlock } from "../agent/model.ts";
import type { NamedModel } from "../agent/model-names.ts";
import { cacheProbe, contextProbes } from "./context-probes.ts";
import { ProbeFailed, type Ask, type Probe } from "./probe.ts";

/** What is asked of a model, in this order; the first one decides whether there is any sense in the others. */
export function modelProbes(
  { facts, provider, thinking }: Pick<NamedModel, "facts" | "provider" | "thinking">,
  { thorough }: { thorough: boolean },
): Probe[] {
  const { features, needsKey, hasOwnModels } = provider.profile;
  const mayCost = facts.price === null ? needsKey : facts.price.input > 0;
  const takesEffort =
    (features.effort.has || features.thinking.has) &&
    (thinking === null ? hasOwnModels : thinking !== "none");
  return [
    { name: "answers", title: "answers in a stream", tokens: 50, ask: answers },
    {
      name: "tool",
      title: "calls a tool by its schema",
      tokens: 400,
      ask: async (ask) => callsOf(await addTwo(ask)),
    },
    { name: "result", title: "uses a tool's result", tokens: 900, ask: usesResult },
    { name: "two_tools", title: "calls two tools in one answer", tokens: 400, ask: callsTwo },
    { name: "finish", title: "hands in a structured result", tokens: 500, ask: finishes },
    {
      name: "effort",
      title: "takes thinking and effort",
      tokens: 100,
      skipped: takesEffort ? null : "its profile or model does not have them; they are left out",
      ask: thinks,
    },
    { name: "usage", title: "counts its tokens", tokens: 50, ask: counts },
    cacheProbe({ facts, isAskedFor: features.cacheControl.has }),
    ...contextProbes({ facts, mayCost, thorough }),
  ];
}

async function answers(ask: Ask): Promise<string> {
  const text = textOf(await ask({ messages: [user("Answer with the one word: ready")] }));
  if (text.trim() === "") throw new ProbeFailed("answers with no text");
  return /<think|<\|channel\|>/i.test(text)
    ? "yes, with its reasoning in the text: start its server with a reasoning parser"
    : "yes";
}

const add = declare({
  name: "add",
  description: "Adds two whole numbers and says the sum.",
  input: z.object({ a: z.int(), b: z.int() }),
});

const addTwoPrompt = "Add 17 and 25 with the tool `add`. Do not work it out yourself.";

function addTwo(ask: Ask): Promise<ModelReply> {
  return ask({ tools: [add], messages: [user(addTwoPrompt)] });
}

function callsOf(reply: ModelReply): string {
  const call = oneCall(reply);
  const input = z.object({ a: z.literal(17), b: z.literal(25) }).safeParse(call.input);
  if (call.name !== "add" || !input.success) {
    throw new ProbeFailed(`called ${call.name} with ${JSON.stringify(call.input).slice(0, 200)}`);
  }
  return "with the right input";
}

async function usesResult(ask: Ask): Promise<string> {
  const first = await addTwo(ask);
  const call = oneCall(first);
  const result = {
    type: "tool_result",
    callId: call.id,
    text: "sum: 42, receipt: R-90210",
    isError: false,
  } as const;
  const messages: ModelMessage[] = [
    user(`${addTwoPrompt} Then tell me the receipt number.`),
    { role: "assistant", content: first.content },
    { role: "user", content: [result] },
  ];
  if (textOf(await ask({ tools: [add], messages })).includes("R-90210")) return "yes";
  throw new ProbeFailed("did not say what the tool had answered");
}

/** Nothing depends on it: an agent that makes one call at a time takes more turns. */
async function callsTwo(ask: Ask): Promise<string> {
  const prompt = "Call the tool `add` twice in this one answer: for 1 and 2, and for 3 and 4.";
  const calls = callsIn(await ask({ tools: [add], messages: [user(prompt)] }));
  if (calls.length >= 2) return "yes";
  throw new ProbeFailed(`${calls.length === 1 ? "made one" : "made none"}; it will need more turns`);
}

const report = z.object({
  verdict: z.enum(["fine", "faulty"]),
  findings: z.array(z.object({ title: z.string(), line: z.int() })),
});

async function finishes(ask: Ask): Promise<string> {
  const finish = declare({
    name: "finish",
    description: "Hands in your report. Nothing else counts.",
    input: report,
  });
  const prompt =
    "A reviewer found two faults: `off by one` in line 3 and `missing null check` in line 9. Hand them in with `finish`.";
  const call = oneCall(await ask({ tools: [finish], messages: [user(prompt)] }));
  const read = report.safeParse(call.input);
  if (!read.success) throw new ProbeFailed("its result does not fit the schema");
  if (read.data.findings.length === 2) return "by the schema";
  throw new ProbeFailed(`handed in ${read.data.findings.length} of 2 findings`);
}

async function thinks(ask: Ask): Promise<string> {
  for (const effort of ["low", "off"] as const) {
    await ask({ effort, messages: [user("Answer with the one word: ready")] });
  }
  return "effort low and off are taken";
}

async function counts(ask: Ask): Promise<string> {
  const { usage } = await ask({ messages: [user("Answer with the one word: ready")] });
  const input = usage.input + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  if (input === 0 || usage.output === 0) throw new ProbeFailed("does not count; limits go by an estimate");
  const cache = usage.cacheRead === null ? "; nothing about a cache" : "";
  return `${input} in, ${usage.output} out${cache}`;
}

function oneCall(reply: ModelReply): ToolCallBlock {
  const [call] = callsIn(reply);
  if (call) {
    if (reply.stopReason !== "max_tokens") return call;
    throw new ProbeFailed("its call was cut: the server allows too short answers");
  }
  const text = textOf(reply);
  throw new ProbeFailed(
    /<tool_call>|<function[=_]|\[TOOL_CALLS\]|<\|python_tag\|>|"name"\s*:\s*"(?:add|finish)"/.test(text)
      ? "writes its calls into the text: start its server with the tool template of this model"
      : "made no call",
  );
}

function callsIn({ content }: ModelReply): ToolCallBlock[] {
  return content.flatMap((block) => (block.type === "tool_call" ? [block] : []));
}

function textOf({ content }: ModelReply): string {
  return content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}

function user(text: string): ModelMessage {
  return { role: "user", content: [{ type: "text", text }] };
}
