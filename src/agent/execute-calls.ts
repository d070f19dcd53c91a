import { judgeFinish, type ExecutedCall, type Finish } from "./finish.ts";
import type { Conversation } from "./conversation.ts";
import { describeProblems } from "./define-tool.ts";
import type { ModelReply, ToolCallBlock } from "./model.ts";
import { printable } from "./printable.ts";
import type { ResultRoom } from "./result-room.ts";
import { shownBefore } from "./shown-before.ts";
import type { Tool, ToolOutput } from "./tool.ts";

/** What came of one reply. `ran`: at least one tool ran; unknown tools, invalid input and rejected results do not count. */
export interface ExecutedReply<T> {
  readonly calls: readonly ExecutedCall[];
  /** What each call gave in full, also where the conversation only says that it was shown before. */
  readonly outputs: readonly string[];
  readonly ran: boolean;
  readonly finished: { readonly result: T } | null;
}

/**
 * Runs the calls of one reply, one after the other, each once, whatever stop reason the server gave. A reply which was
 * cut runs nothing, since the input of its last call is not what the model meant, and neither does a refusal. An accepted `finish` ends the list.
 */
export async function executeCalls<T>(options: {
  reply: ModelReply;
  tools: readonly Tool[];
  finish: Finish<T>;
  conversation: Pick<Conversation, "turns" | "visibleTurns">;
  room: ResultRoom;
  signal: AbortSignal;
}): Promise<ExecutedReply<T>> {
  const { reply, tools, finish, conversation, room, signal } = options;
  const calls: ExecutedCall[] = [];
  const outputs: string[] = [];
  let ran = false;
  for (const block of reply.content) {
    if (block.type !== "tool_call") continue;
    signal.throwIfAborted();
    const startedAt = performance.now();
    const done = await execute(block);
    const output = printable(done.text);
    const call = { tool: block.name, input: block.input, isError: done.isError, output };
    const shown = done.isError
      ? null
      : shownBefore(toolNamed(tools, block.name), call, { turns: conversation.visibleTurns, calls });
    const ms = Math.round(performance.now() - startedAt);
    calls.push({ ...call, output: shown ?? room.fit(output), ms });
    outputs.push(output);
    ran ||= done.ran === true;
    if (done.finished) return { calls, outputs, ran, finished: done.finished };
  }
  return { calls, outputs, ran, finished: null };

  async function execute(block: ToolCallBlock): Promise<Executed<T>> {
    if (reply.stopReason === "max_tokens") {
      return failure("Not run: your answer was cut in this call. Make the call again with less in it.");
    }
    if (reply.stopReason === "refusal") return failure("Not run: the answer is a refusal.");
    if (block.name !== "finish") return await runTool(tools, block, signal);
    const earlier = [...conversation.turns.flatMap((turn) => turn.calls), ...calls];
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
  const tool = toolNamed(tools, call.name);
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

function toolNamed(tools: readonly Tool[], name: string): Tool | undefined {
  return tools.find(({ declaration }) => declaration.name === name);
}

function failure(text: string): ToolOutput {
  return { text, isError: true };
}
