/** Classes of drafted tokens begin at so many tokens in common before them; the last is forced. */
const CLASSES = [0, 3, 4, 5, 7, 10, 16, 32, 64] as const;
/** Of each class, how likely a token is drawn before anything is known. */
const FIRST_GUESS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.9] as const;

/** So many tokens are what all drafts so far are taken for, beside those of one sequence. */
const SHARED_WEIGHT = 4;
/** And so many the first guess, beside all drafts. */
const GUESS_WEIGHT = 16;
/** What remains of a token with each further one of its class. */
const SHARED_MEMORY = 0.995;
const OWN_MEMORY = 0.95;
/** And with each step: what was given up is tried again one day, when texts have changed. */
const STEP_MEMORY = 0.5 ** (1 / 500);

/** How often drafted tokens were drawn, by class; older ones count less. */
class Tally {
  readonly #memory: number;
  readonly #tried = new Float64Array(CLASSES.length);
  readonly #drawn = new Float64Array(CLASSES.length);

  constructor(memory: number) {
    this.#memory = memory;
  }

  add(kind: number, drawn: boolean): void {
    this.#tried[kind] = this.#memory * this.#tried[kind]! + 1;
    this.#drawn[kind] = this.#memory * this.#drawn[kind]! + (drawn ? 1 : 0);
  }

  /** Only `share` of what was learnt counts from now on. */
  keep(share: number): void {
    for (let kind = 0; kind < CLASSES.length; kind++) {
      this.#tried[kind]! *= share;
      this.#drawn[kind]! *= share;
    }
  }

  /** The share that was drawn, with `weight` tokens more of which it was `guess`. */
  share(kind: number, guess: number, weight: number): number {
    return (this.#drawn[kind]! + weight * guess) / (this.#tried[kind]! + weight);
  }
}

/** What one sequence's drafts came to. */
export class OwnAcceptance {
  readonly tally = new Tally(OWN_MEMORY);
  /** The step of which it was last asked. */
  step = 0;
}

/**
 * An estimate of how likely a drafted token is drawn where all before it were, by how many tokens it
 * has in common with what it was taken from. One sequence is believed more than all others: whoever
 * edits a text goes on doing it.
 */
export class Acceptance {
  readonly #shared = new Tally(SHARED_MEMORY);
  #steps = 0;

  /** `common`: tokens in common before the drafted one, those of the draft included. */
  likelihood(own: OwnAcceptance, common: number): number {
    this.#age(own);
    const kind = classOf(common);
    const shared = this.#shared.share(kind, FIRST_GUESS[kind]!, GUESS_WEIGHT);
    return own.tally.share(kind, shared, SHARED_WEIGHT);
  }

  /** A drafted token was drawn, or another one in its place. */
  learn(own: OwnAcceptance, common: number, drawn: boolean): void {
    this.#age(own);
    const kind = classOf(common);
    this.#shared.add(kind, drawn);
    own.tally.add(kind, drawn);
  }

  /** A step has run. */
  step(): void {
    this.#steps++;
    this.#shared.keep(STEP_MEMORY);
  }

  #age(own: OwnAcceptance): void {
    if (own.step < this.#steps) own.tally.keep(STEP_MEMORY ** (this.#steps - own.step));
    own.step = this.#steps;
  }
}

function classOf(common: number): number {
  return CLASSES.findLastIndex((least) => common >= least);
}
