/** How much of the results of one turn goes into a conversation: no result may fill the window by itself, nor all of them together. */
export class ResultRoom {
  readonly #largest: number;
  #left: number;

  /** `contextTokens`: of the model; null when it is not known. */
  constructor(contextTokens: number | null) {
    const characters = (contextTokens ?? usualContextTokens) * charactersPerToken;
    this.#largest = Math.min(maxResult, characters / 8);
    this.#left = Math.min(maxTurn, characters / 4);
  }

  /** The text, or its beginning and end with a line between that says how much is missing. */
  fit(text: string): string {
    const limit = Math.floor(Math.max(leastResult, Math.min(this.#largest, this.#left)));
    const fitted = text.length <= limit ? text : cut(text, limit);
    this.#left -= fitted.length;
    return fitted;
  }
}

const usualContextTokens = 128_000;
/** Few of them, since code and other scripts than Latin take more tokens. */
const charactersPerToken = 3;
const maxResult = 100_000;
const maxTurn = 300_000;
const leastResult = 200;

function cut(text: string, limit: number): string {
  const head = text.slice(0, Math.ceil((limit * 2) / 3)).toWellFormed();
  const tail = text.slice(text.length - Math.floor(limit / 3)).toWellFormed();
  return `${head}\n[… ${text.length - limit} characters did not fit; ask for less at once …]\n${tail}`;
}
