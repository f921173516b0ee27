/**
 * Shares a step's prefill rows among prompts, given how much of each remains, the oldest first.
 * Half goes to the oldest, so that every prompt's turn comes; the rest to those that need least, so
 * that a short prompt doesn't wait for a long one. Of equal prompts the older goes first.
 */
export function chunkSizes(remaining: readonly number[], rows: number): number[] {
  const shares = remaining.map((need) => ({ need, size: 0 }));
  let left = rows;
  const give = (share: Share, most: number): void => {
    const size = Math.min(share.need - share.size, most);
    share.size += size;
    left -= size;
  };
  const [oldest] = shares;
  if (oldest !== undefined) give(oldest, Math.ceil(rows / 2));
  for (const share of shares.toSorted((a, b) => a.need - b.need)) give(share, left);
  return shares.map(({ size }) => size);
}

interface Share {
  readonly need: number;
  size: number;
}
