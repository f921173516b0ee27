import { stopsAt } from '../../statistics/adaptive-consistency.js';
import { VoteTally } from '../../statistics/majority.js';

/** When a vote is over. */
export interface VoteTerms {
  readonly samples: number;
  /** Samples that are counted in any case. */
  readonly minSamples: number;
  /** How sure the majority has to be, below certainty; null: certain. */
  readonly confidence: number | null;
}

/** What a vote has come to, as answers carry it. */
export interface VoteObject {
  /** The majority's, as it was compared; null where no sample had an answer. */
  readonly answer: string | null;
  readonly votes: number;
  /** Samples that were counted. */
  readonly samples: number;
  /** The majority's share of them. */
  readonly agreement: number;
  readonly counts: readonly {
    readonly answer: string;
    readonly votes: number;
    readonly samples: readonly number[];
  }[];
  /** Samples that were counted and had no answer. */
  readonly abstained: number;
}

/**
 * Counts the samples of a vote in their order, whichever end first: what it comes to depends on the
 * samples alone.
 */
export class VoteCount {
  readonly #terms: VoteTerms;
  readonly #tally = new VoteTally();
  #counted = 0;

  constructor(terms: VoteTerms) {
    this.#terms = terms;
  }

  /** Samples that were counted; the next one is sample `counted`. */
  get counted(): number {
    return this.#counted;
  }

  /** No further sample is needed. */
  get over(): boolean {
    const { samples, minSamples, confidence } = this.#terms;
    if (this.#counted >= samples) return true;
    if (this.#counted < minSamples) return false;
    if (this.#tally.decided(samples - this.#counted)) return true;
    return confidence !== null && stopsAt(confidence, this.#tally);
  }

  /** The answer of the next sample; undefined: it has none. */
  add(answer: string | undefined): void {
    this.#tally.add(answer);
    this.#counted++;
  }

  /** The first sample of the majority; the first of all where nobody voted. */
  get winner(): number {
    return this.#tally.counts()[0]?.first ?? 0;
  }

  get object(): VoteObject {
    const counts = this.#tally.counts();
    const votes = counts[0]?.votes ?? 0;
    const voted = counts.reduce((sum, each) => sum + each.votes, 0);
    return {
      answer: counts[0]?.answer ?? null,
      votes,
      samples: this.#counted,
      agreement: this.#counted === 0 ? 0 : votes / this.#counted,
      counts: counts.map(({ answer, votes, indices }) => ({ answer, votes, samples: indices })),
      abstained: this.#counted - voted,
    };
  }
}
