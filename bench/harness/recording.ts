import { CacheAccount, promptTokens, type PromptUsage } from "./cache-account.ts";
import { outputTokens, type Answer, type StreamFault } from "./answer.ts";
import { promptFacts, type PromptFacts } from "./prompt-facts.ts";
import { finishTool, hasHands, mapAction } from "./tool-map.ts";
import type { Fault, Step, Trajectory } from "./trajectory.ts";
import { wireRequest, type WireRequest } from "./wire.ts";

/** One request for a message and what it cost. Times in milliseconds of the server's clock. */
export interface RecordedRequest {
  readonly kind: "conversation" | "side";
  /** Which step of the script it asked for. */
  readonly step: number;
  readonly arrivedAt: number;
  /** When its last event was sent; null before. */
  answeredAt: number | null;
  readonly bytes: number;
  readonly usage: PromptUsage;
  readonly output: number;
  readonly fault: Fault["kind"] | null;
}

export type Ruling =
  | { readonly kind: "refuse"; readonly status: number; readonly type: string; readonly message: string }
  | {
      readonly kind: "answer";
      readonly answer: Answer;
      readonly usage: PromptUsage;
      readonly fault: StreamFault;
      readonly model: string;
      readonly isStream: boolean;
      readonly record: RecordedRequest;
    };

/** One harness on one trajectory: says what the script says next and keeps what was asked. */
export class Recording {
  readonly requests: RecordedRequest[] = [];
  /** Steps at which the script refused a request before it was read. */
  readonly refusedSteps = new Set<number>();
  readonly #steps: readonly Step[];
  readonly #root: string;
  readonly #cache: CacheAccount;
  readonly #faults: Fault[][];
  #next = 0;
  #prompt: PromptFacts | null = null;

  /** `root`: where the harness finds the repository. */
  constructor(trajectory: Trajectory, options: { root: string; cacheMinimum: (model: string) => number }) {
    this.#steps = trajectory.steps;
    this.#root = options.root;
    this.#cache = new CacheAccount(options.cacheMinimum);
    this.#faults = trajectory.steps.map(({ faults }) => [...(faults ?? [])]);
  }

  /** Of the first request of the conversation; null before it. */
  get prompt(): PromptFacts | null {
    return this.#prompt;
  }

  /** Whether the last step was answered. */
  get isOver(): boolean {
    return this.#next >= this.#steps.length;
  }

  rule(text: string, arrivedAt: number): Ruling {
    const body = wireRequest.parse(JSON.parse(text));
    const kind = hasHands(body.tools) ? "conversation" : "side";
    const fault = kind === "conversation" ? (this.#faults[this.#next]?.shift() ?? null) : null;
    if (fault?.kind === "status") {
      this.refusedSteps.add(this.#next);
      const type = fault.status === 429 ? "rate_limit_error" : "overloaded_error";
      return { kind: "refuse", status: fault.status, type, message: "Please try again" };
    }
    if (kind === "conversation") this.#prompt ??= promptFacts(body);
    const usage = this.#cache.charge(body, performance.now());
    const answer = kind === "side" ? sideAnswer(body) : this.#answer(body, fault);
    const record: RecordedRequest = {
      kind,
      step: this.#next,
      arrivedAt,
      answeredAt: null,
      bytes: Buffer.byteLength(text),
      usage,
      output: outputTokens(answer),
      fault: fault?.kind ?? null,
    };
    this.requests.push(record);
    if (kind === "conversation" && fault === null) this.#next += 1;
    const isBroken = fault?.kind === "cut_stream" || fault?.kind === "error_event";
    return {
      kind: "answer",
      answer,
      usage,
      fault: isBroken ? fault.kind : null,
      model: body.model,
      isStream: body.stream === true,
      record,
    };
  }

  countTokens(text: string): number {
    return promptTokens(wireRequest.parse(JSON.parse(text)));
  }

  #answer(body: WireRequest, fault: Fault | null): Answer {
    const step = this.#steps[this.#next];
    if (!step) return { say: "There is nothing left to do.", call: null, stopReason: "end_turn" };
    const { say = "Next.", action } = step;
    const id = `toolu_${String(this.requests.length).padStart(24, "0")}`;
    if (action.kind === "done") {
      const finish = finishTool(body.tools);
      const { title, summary } = action;
      if (!finish) return { say: `${title}\n\n${summary}`, call: null, stopReason: "end_turn" };
      const input = { outcome: "changed", title, summary };
      return { say: "Done.", call: { id, name: finish.name, input }, stopReason: "tool_use" };
    }
    const call = { id, ...mapAction(action, body.tools, this.#root) };
    return { say, call, stopReason: fault?.kind === "cut_json" ? "max_tokens" : "tool_use" };
  }
}

/** A title, a summary: in the form in which it is asked for, else in a word. */
function sideAnswer(body: WireRequest): Answer {
  const isJson = JSON.stringify([body["output_config"], body["output_format"]]).includes("json_schema");
  const say = isJson ? JSON.stringify({ title: "A small change", isNewTopic: true }) : "A small change";
  return { say, call: null, stopReason: "end_turn" };
}
