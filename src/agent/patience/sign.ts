import type { AgentTurn } from "../../run/events.ts";

/** What a watch saw: worth a word to the agent, or the end of its work. `detail` tells a person what happened. */
export type Sign =
  | { readonly kind: "told"; readonly words: string }
  | { readonly kind: "end"; readonly reason: "refusal" | "nonsense" | "stuck"; readonly detail: string };

/** A whole turn as a watch gets it. */
export interface SeenTurn extends Pick<AgentTurn, "index" | "text" | "stopReason"> {
  readonly calls: readonly SeenCall[];
  /** At least one tool ran. */
  readonly ran: boolean;
}

export interface SeenCall {
  readonly tool: string;
  readonly input: unknown;
  /** In full, see ExecutedReply. */
  readonly output: string;
  readonly isError: boolean;
}

/** Looks for one kind of senseless behaviour, turn by turn. */
export interface Watch {
  see(turn: SeenTurn): Sign | null;
}

/** One line for people and agents. */
export function short(text: string): string {
  const line = text.slice(0, 2_000).replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

export function describeCall({ tool, input }: SeenCall): string {
  return short(`${tool} ${JSON.stringify(input) ?? ""}`);
}

/** An output without what changes from one time to the next: numbers, times, addresses. */
export function withoutNumbers(output: string): string {
  return output.slice(0, 4_000).replace(/\b(?:0x)?[0-9a-f]*\d[0-9a-f.:]*\b/gi, "#");
}
