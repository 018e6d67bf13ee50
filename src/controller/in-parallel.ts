/**
 * Runs an action for all items, some at a time. After a failure no more begin; those under way end.
 *
 * @throws what the first failing action threw.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  countMax: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | null = null;
  const worker = async () => {
    for (let next = queue.next(); !next.done && failure === null; next = queue.next()) {
      try {
        await action(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: countMax }, worker));
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}
