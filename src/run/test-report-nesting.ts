/** Which suites are open at which indentation, where a runner shows nesting by that. */
export class Nesting {
  readonly #open: { readonly indent: number; readonly name: string }[] = [];

  open(indent: number, name: string): void {
    this.#leave(indent);
    this.#open.push({ indent, name });
  }

  /** Whether this line is the end of the suite that was opened at this indentation; then it is left. */
  closes(indent: number, name: string): boolean {
    while ((this.#open.at(-1)?.indent ?? -1) > indent) this.#open.pop();
    const last = this.#open.at(-1);
    if (last?.indent !== indent || last.name !== name) return false;
    this.#open.pop();
    return true;
  }

  /** `suite > inner suite > name` for a line at this indentation. */
  pathOf(indent: number, name: string): string {
    this.#leave(indent);
    // What is nested deeper is unreadable anyway.
    return [...this.#open.slice(0, 20).map((suite) => suite.name), name].join(" > ");
  }

  #leave(indent: number): void {
    while ((this.#open.at(-1)?.indent ?? -1) >= indent) this.#open.pop();
  }
}
