/** What a life of a run began with, besides the run itself. */
export interface TapeHeader {
  readonly version: 1;
  /** The operator's settings, as far as they are data. */
  readonly operator: Readonly<Record<string, unknown>>;
  /** Keys of those that are objects which are asked: what they answered is on the tape. */
  readonly operatorPorts: readonly string[];
  /** Other ports that were data: the image. */
  readonly values: Readonly<Record<string, unknown>>;
  /** `handback run`: where the change comes from and goes to; null for a run on GitHub. */
  readonly local: LocalTape | null;
}

export interface LocalTape {
  readonly source: string;
  readonly branch: string | null;
  readonly setup: readonly string[] | null;
  readonly verify: readonly string[] | null;
  readonly mirror: {
    readonly path: string;
    readonly headSha: string | null;
    readonly headBranch: string | null;
  };
}

/** Stands on a tape for the data folder of the machine that it was recorded on. There is no such folder. */
export const dataDirectoryOnTape = "/handback-data";

/** One call through a port, with what came of it. Contents are encoded, see Codec. */
export interface TapeCall {
  /** Counts up in a life, in the order in which calls began. */
  readonly n: number;
  readonly step: string;
  /** The port that it was made through: `git`, `github`, `sandboxes`, `model`, `store`. */
  readonly port: string;
  /** The object that it was made on: `""` is the port itself, else the id under which a result is kept. */
  readonly on: string;
  readonly method: string;
  /** Of its arguments; durations in texts for GitHub do not count. */
  readonly digest: string;
  readonly args: unknown;
  readonly result: TapeResult;
  /** The answer came in the same moment, not as a promise. */
  readonly sync?: true;
  /** Calls of functions that were among the arguments, in order. */
  readonly callbacks?: readonly { readonly at: string; readonly args: unknown }[];
  /** Milliseconds since the life began. */
  readonly start: number;
  readonly end: number;
  /** Counts up in a life, in the order in which calls ended. */
  readonly order: number;
}

export type TapeResult =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  /** What the function among the arguments returned: `withGitToken`. */
  | { readonly kind: "callback" }
  /** The life ended before an answer came. */
  | { readonly kind: "none" };

/** A path in the data folder as it stands on a tape, so that a tape can be replayed on any machine; any other text as it is. */
export function pathOnTape(text: string, dataDirectory: string): string {
  const isPath = text.startsWith(`${dataDirectory}/`) && !/\s/.test(text.slice(dataDirectory.length));
  return isPath ? dataDirectoryOnTape + text.slice(dataDirectory.length) : text;
}
