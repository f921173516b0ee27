/**
 * Takes from several iterators as each has something, at most one item ahead of the reader for each.
 * The first that throws ends the merge; leaving it early leaves all of them.
 */
export async function* merge<T>(
  sources: readonly AsyncIterable<T>[],
): AsyncGenerator<readonly [source: number, item: T]> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const arrived: { source: number; iterator: AsyncIterator<T>; result: IteratorResult<T> }[] = [];
  let failure: { error: unknown } | null = null;
  let wake = () => {};
  const pull = (iterator: AsyncIterator<T>, source: number) => {
    iterator.next().then(
      (result) => {
        arrived.push({ source, iterator, result });
        wake();
      },
      (error: unknown) => {
        failure ??= { error };
        wake();
      },
    );
  };
  let open = iterators.length;
  iterators.forEach(pull);
  try {
    while (open > 0) {
      if (failure !== null) throw (failure as { error: unknown }).error;
      const next = arrived.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (next.result.done === true) {
        open--;
      } else {
        yield [next.source, next.result.value];
        pull(next.iterator, next.source);
      }
    }
  } finally {
    // A generator whose next() is pending finishes its return() only after that; nobody waits.
    for (const iterator of iterators) iterator.return?.().catch(() => {});
  }
}
