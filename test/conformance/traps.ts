/** Everything that a server of models was seen or said to do differently. Each is off unless set. */
export interface Traps {
  readonly noCountTokens?: boolean;
  readonly noModelsList?: boolean;
  /** Refused with a 400 when asked for. */
  readonly noToolChoice?: boolean;
  readonly noThinking?: boolean;
  readonly noEffort?: boolean;
  readonly noTools?: boolean;
  /** Refused, or taken and never told of. */
  readonly cacheControl?: "refused" | "ignored";
  /** A tool without the schema of an object is refused. */
  readonly strictSchemas?: boolean;
  /** Longer prompts are refused; a token is taken to be four characters. */
  readonly windowTokens?: number;
  readonly limits?: { readonly input: number; readonly output: number };

  readonly stopReason?: string | null;
  /** `partly`: without what the cache did. */
  readonly usage?: "missing" | "null" | "partly";
  /** The last call ends in the middle of its input, with `max_tokens`. */
  readonly cutCall?: boolean;
  readonly ids?: "same" | "empty";
  /** A block and events of kinds that nobody knows. */
  readonly unknownKinds?: boolean;
  /** Thinking before the answer. */
  readonly thinking?: "signed" | "unsigned" | "in_text";
  /** Signed thinking is refused when anything before it is not as it was. */
  readonly bindsThinking?: boolean;
  /** Calls are written out in the text as `<tool_call>`. */
  readonly callsAsText?: boolean;
  /** `BROKEN` in a text becomes bytes that are no UTF-8. */
  readonly invalidUtf8?: boolean;
  /** Pieces of a text or an input are not longer than this; default 60 characters. */
  readonly pieceLength?: number;

  readonly contentType?: string;
  /** The bytes leave one write for so many: inside characters, inside lines. */
  readonly chunkBytes?: number;
  readonly cutAfterBytes?: number;
  /** The stream of a whole answer is never closed. */
  readonly staysOpen?: boolean;
  readonly reset?: boolean;
  readonly fault?: Fault;
  /** How many requests fare so; default: all. */
  readonly faultTimes?: number;
}

type Fault =
  | { readonly kind: "status"; readonly status: number; readonly type?: string; readonly retryAfter?: string }
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "html"; readonly status: number }
  | { readonly kind: "slow_headers"; readonly ms: number }
  | { readonly kind: "idle" }
  | { readonly kind: "only_pings"; readonly everyMs: number }
  | { readonly kind: "error_event"; readonly type: string };
