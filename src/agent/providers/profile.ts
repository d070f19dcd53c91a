/**
 * What a server that speaks the Messages API has, and what it lacks. What it lacks is left out of requests to it. Facts are read
 * in public documentation or source; where neither was clear, they are `guessed`, and `handback doctor --model` says so.
 */
export interface ProviderProfile {
  /** For people. */
  readonly title: string;
  /** Where it listens when nothing else is said; null: there is no usual place. */
  readonly baseUrl: string | null;
  readonly needsKey: boolean;
  /** The names of its models are its operator's choice: one that is not in the catalog is no mistake. */
  readonly hasOwnModels: boolean;
  readonly features: Readonly<Record<Feature, Support>>;
  /** Stop reasons that it was seen to give wrongly; calls of tools count whatever it says, except after `max_tokens`. */
  readonly distrustedStopReasons: readonly ("end_turn" | "tool_use" | "max_tokens")[];
  readonly source: string;
}

export interface Support {
  readonly has: boolean;
  readonly guessed?: true;
}

export const features = {
  tools: "tools by JSON Schema",
  toolChoice: "`tool_choice`",
  cacheControl: "`cache_control`",
  cacheUsage: "cache numbers in `usage`",
  thinking: "`thinking`",
  signedThinking: "thinking blocks are signed and must come back so",
  effort: "`output_config.effort`",
  structuredOutput: "`output_config.format`",
  countTokens: "`count_tokens`",
  modelsList: "list of models, in the provider's form",
  modelLimits: "window and limits in the list of models",
  images: "images",
} as const;

export type Feature = keyof typeof features;

export const yes: Support = { has: true };
export const no: Support = { has: false };
/** Not seen in documentation or source; the careful choice for a request. */
export const noGuess: Support = { has: false, guessed: true };
export const yesGuess: Support = { has: true, guessed: true };
