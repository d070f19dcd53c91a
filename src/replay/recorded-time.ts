/**
 * The time of a recorded life. Answers come in the order in which they came then, and the clock stands where it stood: what runs
 * side by side meets the same order again, and a budget in minutes the same minutes.
 */
export class RecordedTime {
  #now = 0;
  #waiting: { order: number; end: number; go: () => void }[] = [];
  #isWoken = false;

  /** Milliseconds since the life began. */
  now(): number {
    return this.#now;
  }

  /** At once, for answers that did not take a turn of the event loop. */
  passTo(end: number): void {
    this.#now = Math.max(this.#now, end);
  }

  /** Until it is this answer's turn among all that are waited for. */
  async until({ order, end }: { order: number; end: number }): Promise<void> {
    await new Promise<void>((go) => {
      this.#waiting.push({ order, end, go });
      this.#wake();
    });
  }

  /** When all that could run has run, the earliest answer comes. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      const next = this.#waiting.toSorted((a, b) => a.order - b.order)[0];
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      this.passTo(next.end);
      next.go();
      this.#wake();
    });
  }
}
