/**
 * Takes from several sources as each has something, at most one item ahead of the reader for each;
 * every item comes with its source's label. The first that throws ends the merge; leaving it early
 * leaves all of them.
 */
export async function* merge<Label, T>(
  sources: readonly (readonly [label: Label, items: AsyncIterable<T>])[],
): AsyncGenerator<readonly [label: Label, item: T]> {
  const open = new Set<AsyncIterator<T>>();
  const arrived: { label: Label; iterator: AsyncIterator<T>; result: IteratorResult<T> }[] = [];
  let failure: { error: unknown } | null = null;
  let wake = () => {};
  const pull = (iterator: AsyncIterator<T>, label: Label) => {
    iterator.next().then(
      (result) => {
        arrived.push({ label, iterator, result });
        wake();
      },
      (error: unknown) => {
        failure ??= { error };
        wake();
      },
    );
  };
  for (const [label, items] of sources) {
    const iterator = items[Symbol.asyncIterator]();
    open.add(iterator);
    pull(iterator, label);
  }
  try {
    while (open.size > 0) {
      if (failure !== null) throw (failure as { error: unknown }).error;
      const next = arrived.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (next.result.done === true) {
        open.delete(next.iterator);
      } else {
        yield [next.label, next.result.value];
        pull(next.iterator, next.label);
      }
    }
  } finally {
    // A generator whose next() is pending finishes its return() only after that; nobody waits.
    for (const iterator of open) iterator.return?.().catch(() => {});
  }
}
