import type { AgentTurn } from "../run/events.ts";
import { judgeFinish, type ExecutedCall, type Finish } from "./finish.ts";
import { describeProblems } from "./define-tool.ts";
import type { ModelReply, ToolCallBlock } from "./model.ts";
import type { Patience } from "./patience.ts";
import { printable } from "./printable.ts";
import type { Tool, ToolOutput } from "./tool.ts";

/** What came of one reply. `ran`: at least one tool ran; unknown tools, invalid input and rejected results do not count. */
export interface ExecutedReply<T> {
  readonly calls: readonly ExecutedCall[];
  readonly ran: boolean;
  readonly finished: { readonly result: T } | null;
}

/**
 * Runs the calls of one reply, one after the other, each once, whatever stop reason the server gave. A reply which was
 * cut runs nothing: the input of its last call is not what the model meant. An accepted `finish` ends the list.
 */
export async function executeCalls<T>(options: {
  reply: ModelReply;
  tools: readonly Tool[];
  finish: Finish<T>;
  turns: readonly AgentTurn[];
  patience: Patience;
  signal: AbortSignal;
}): Promise<ExecutedReply<T>> {
  const { reply, tools, finish, turns, patience, signal } = options;
  const calls: ExecutedCall[] = [];
  let ran = false;
  for (const block of reply.content) {
    if (block.type !== "tool_call") continue;
    signal.throwIfAborted();
    const startedAt = performance.now();
    const done = await execute(block);
    const call = {
      tool: block.name,
      input: block.input,
      isError: done.isError,
      output: printable(done.text),
    };
    const ms = Math.round(performance.now() - startedAt);
    calls.push({ ...call, output: call.output + patience.noteRepeat(call), ms });
    ran ||= done.ran === true;
    if (done.finished) return { calls, ran, finished: done.finished };
  }
  return { calls, ran, finished: null };

  async function execute(block: ToolCallBlock): Promise<Executed<T>> {
    if (reply.stopReason === "max_tokens") {
      return failure("Not run: your answer was cut in this call. Make the call again with less in it.");
    }
    if (block.name !== "finish") return await runTool(tools, block, signal);
    const earlier = [...turns.flatMap((turn) => turn.calls), ...calls];
    const verdict = await judgeFinish(finish, block.input, earlier);
    if ("problem" in verdict) return failure(verdict.problem);
    return { text: "Accepted.", isError: false, finished: verdict };
  }
}

interface Executed<T> extends ToolOutput {
  readonly ran?: true;
  readonly finished?: { readonly result: T };
}

async function runTool(
  tools: readonly Tool[],
  call: ToolCallBlock,
  signal: AbortSignal,
): Promise<ToolOutput & { ran?: true }> {
  const tool = tools.find(({ declaration }) => declaration.name === call.name);
  if (!tool) {
    const names = [...tools.map(({ declaration }) => declaration.name), "finish"].join(", ");
    return failure(`There is no tool ${call.name}. The tools are: ${names}.`);
  }
  const parsed = tool.input.safeParse(call.input);
  if (!parsed.success) {
    return failure(`Not run, the input is not valid:\n${describeProblems(parsed.error)}`);
  }
  return { ...(await tool.run(parsed.data, { signal })), ran: true };
}

function failure(text: string): ToolOutput {
  return { text, isError: true };
}
