/**
 * Runs an action for each item, at most `limit` of them at the same time, begun in order. After a
 * failure, which may be that of the items themselves, no more are begun.
 *
 * @throws what failed first, once all that were begun have ended.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const rest =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    try {
      while (failures.length === 0) {
        const next = await rest.next();
        if (next.done) return;
        await action(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (failures.length === 0) return;
  await rest.return?.();
  throw failures[0];
}
