/** Remembers what was computed for keys that name immutable things (full object names), and shares work under way. */
export class GitCache {
  readonly #entries = new Map<string, Promise<unknown>>();
  readonly #limit = 2000;

  get<Value>(key: string, compute: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key) as Promise<Value> | undefined;
    if (known) return known;
    const value = compute();
    this.#entries.set(key, value);
    value.catch(() => this.#entries.delete(key));
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
    return value;
  }
}
