/**
 * Shares a step's prefill rows among prompts, given how much of each remains, the oldest first.
 * Half goes to the oldest, so that every prompt's turn comes; the rest to those that need least, so
 * that a short prompt doesn't wait for a long one. Of equal prompts the older goes first.
 */
export function chunkSizes(remaining: readonly number[], rows: number): number[] {
  const sizes = remaining.map(() => 0);
  let left = rows;
  const give = (index: number, most: number): void => {
    const size = Math.min(remaining[index] - sizes[index], most);
    sizes[index] += size;
    left -= size;
  };
  if (remaining.length > 0) give(0, Math.ceil(rows / 2));
  const shortestFirst = [...remaining.keys()].sort((a, b) => remaining[a] - remaining[b] || a - b);
  for (const index of shortestFirst) give(index, left);
  return sizes;
}
