/**
 * Two pieces of work at the same time. When one fails, the other's signal is aborted and it is waited for, so that nothing goes
 * on behind the caller; what is thrown is the first failure.
 */
export async function sideBySide<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const work = [first(both), second(both)] as const;
  const failures: unknown[] = [];
  const watched = work.map((one) =>
    one.catch((error: unknown) => {
      failures.push(error);
      ended.abort(error);
    }),
  );
  await Promise.all(watched);
  if (failures.length > 0) throw failures[0];
  return Promise.all(work);
}
