/** Does `work` again and again, never twice at once, until it is disposed of, which waits for what is under way. */
export function repeat(
  work: () => Promise<unknown>,
  options: { everyMs: number; onError: (error: unknown) => void },
): AsyncDisposable {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= work()
      .then(() => {}, options.onError)
      .finally(() => {
        running = null;
      });
  }, options.everyMs);
  timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
