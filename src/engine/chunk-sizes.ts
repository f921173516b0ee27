const OLDEST_SHARE = 1 / 4;

export interface WaitingPrompt {
  /** Rows that it still needs. */
  readonly remaining: number;
  /** What one of them costs, in rows of a prompt that has just begun; 1 at least. */
  readonly price: number;
}

/**
 * Shares a step's prefill rows among prompts, the oldest first. `budget` is what they may cost
 * together, in rows of a prompt that has just begun. A quarter goes to the oldest, and a row in any
 * case, so that every prompt's turn comes; the rest to those that need least, so that a short prompt
 * doesn't wait for a long one. Of equal prompts the older goes first.
 */
export function chunkSizes(prompts: readonly WaitingPrompt[], budget: number): number[] {
  const shares = prompts.map((prompt) => ({ ...prompt, size: 0 }));
  let left = budget;
  const give = (share: Share, rows: number): void => {
    const size = Math.min(share.remaining - share.size, rows);
    share.size += size;
    left -= size * share.price;
  };
  const [oldest] = shares;
  if (oldest !== undefined) {
    give(oldest, Math.max(1, Math.ceil((budget * OLDEST_SHARE) / oldest.price)));
  }
  const cost = ({ remaining, price }: Share): number => remaining * price;
  for (const share of shares.toSorted((a, b) => cost(a) - cost(b))) {
    give(share, Math.max(0, Math.floor(left / share.price)));
  }
  return shares.map(({ size }) => size);
}

interface Share extends WaitingPrompt {
  size: number;
}
