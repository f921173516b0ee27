/** An answer, and who voted for it. */
export interface AnswerCount {
  readonly answer: string;
  readonly votes: number;
  /** The first of `indices`. */
  readonly first: number;
  /** The samples that gave the answer, ascending; the first sample is 0. */
  readonly indices: readonly number[];
}

/** Counts the answers of samples, in the order of the samples. Of as many votes the earlier wins. */
export class VoteTally {
  readonly #voters = new Map<string, number[]>();
  #samples = 0;

  /** The next sample's answer; undefined abstains: it has an index and no vote. */
  add(answer: string | undefined): void {
    const index = this.#samples++;
    if (answer === undefined) return;
    const indices = this.#voters.get(answer);
    if (indices === undefined) this.#voters.set(answer, [index]);
    else indices.push(index);
  }

  /** The answer with most votes, of several the one that came first; undefined where nobody voted. */
  leader(): string | undefined {
    return this.counts()[0]?.answer;
  }

  /**
   * Whether the leader stays the leader, whatever `remaining` more samples answer. Without any vote
   * nothing is decided, even where no sample remains. Throws where `remaining` counts nothing.
   */
  decided(remaining: number): boolean {
    if (!Number.isSafeInteger(remaining) || remaining < 0) {
      throw new RangeError(`${remaining} samples can't remain`);
    }
    const [leader, ...others] = this.counts();
    if (leader === undefined) return false;
    // An answer that nobody gave yet comes later than the leader: it must have more votes.
    if (remaining > leader.votes) return false;
    return others.every(({ votes, first }) =>
      first < leader.first ? votes + remaining < leader.votes : votes + remaining <= leader.votes,
    );
  }

  /** The answers by falling votes, those of as many votes in the order in which they first came. */
  counts(): AnswerCount[] {
    return [...this.#voters]
      .map(([answer, indices]) => {
        const [first = 0] = indices;
        return { answer, votes: indices.length, first, indices: [...indices] };
      })
      .sort((a, b) => b.votes - a.votes || a.first - b.first);
  }
}

/**
 * maj@k of a question: in which share of groups of k samples the majority's answer is right. The
 * groups are samples 0 to k - 1, k to 2 k - 1 and so on, which share none, so that their mean is
 * without bias; what is left at the end isn't used. With k = n it is the plain majority's 0 or 1, with
 * k = 1 the mean accuracy. A group in which all abstain is wrong. Throws where there is no group.
 */
export function majorityAtK(
  answers: readonly (string | undefined)[],
  isRight: (answer: string) => boolean,
  k: number,
): number {
  const groups = Math.floor(answers.length / k);
  if (!Number.isSafeInteger(k) || k < 1 || groups < 1) {
    throw new RangeError(`no majority of ${k} among ${answers.length} answers`);
  }
  let right = 0;
  for (let group = 0; group < groups; group++) {
    const tally = new VoteTally();
    for (const answer of answers.slice(group * k, (group + 1) * k)) tally.add(answer);
    const leader = tally.leader();
    if (leader !== undefined && isRight(leader)) right++;
  }
  return right / groups;
}
