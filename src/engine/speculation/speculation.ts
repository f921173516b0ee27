import type { Speculate } from '../../config.js';
import { MAX_DRAFT_TOKENS } from '../../config.js';
import { DRAFT_LIST_ENTRIES, MAX_DRAFT_ROWS } from '../options.js';
import type { Sequence } from '../sequence.js';
import { Acceptance, OwnAcceptance } from './acceptance.js';
import type { Draft, DraftSource } from './draft-source.js';
import { RowCost } from './row-cost.js';

/** What a draft must bring each sequence of the step, of what its token costs. */
const LEAST_GAIN = 0.03;
/** Of the time of decoding, what drafts may cost that bring less than they were thought to. */
const ALLOWED_LOSS = 0.01;
/** The most of it that is saved up, in steps. */
const SAVED_STEPS = 2;

/** A step that has decoded, with the drafts that its sequences had. */
export interface SpeculatedStep {
  readonly decodeRows: number;
  readonly draftRows: number;
  readonly prefillRows: number;
  /** Drafted tokens that were drawn. */
  readonly accepted: number;
  readonly seconds: number;
}

/** The next token of a sequence's draft. */
interface DraftedToken {
  readonly sequence: Sequence;
  readonly token: number;
  /** As of the draft. */
  readonly matched: number;
  /** What it adds to the logarithm of the tokens that the step is to bring the sequence. */
  readonly gain: number;
}

/**
 * Decides which sequences of a step get how many drafted tokens. A number says how many, where a
 * source knows as many. `auto` takes those that make answers come faster, by what rows were measured
 * to cost and how often such drafts were drawn: so many that the sequences' speeds grow most in the
 * geometric mean, so that one that quotes doesn't slow down those that don't by more than it gains.
 * It keeps account: once drafts have cost a hundredth of the time more than they saved, there are
 * none until that is made up for.
 */
export class Speculation {
  readonly #mode: Speculate;
  readonly #source: DraftSource;
  readonly #maxStepSeconds: number;
  readonly #acceptance = new Acceptance();
  readonly #own = new WeakMap<Sequence, OwnAcceptance>();
  readonly #cost = new RowCost();
  /** Seconds that drafts may cost beyond what they save. */
  #allowance = Infinity;

  /** `maxStepSeconds`: with `auto`, drafts don't make a step longer than that. */
  constructor(mode: Speculate, source: DraftSource, maxStepSeconds: number) {
    this.#mode = mode;
    this.#source = source;
    this.#maxStepSeconds = maxStepSeconds;
  }

  /** Drafts of some of the sequences that decode in a step, `room` rows at most all together. */
  choose(sequences: readonly Sequence[], room: number): Map<Sequence, Draft> {
    if (this.#mode === 'off') return new Map();
    const most = Math.min(room, MAX_DRAFT_ROWS);
    if (this.#mode !== 'auto') return this.#collect(sequences, this.#mode, most);
    if (this.#allowance <= 0) return new Map();
    return this.#worthwhile(this.#collect(sequences, MAX_DRAFT_TOKENS, Infinity), {
      most,
      sequences: sequences.length,
    });
  }

  /** What came of a draft: of its tokens, the first ones that were judged, and which were drawn. */
  learn(sequence: Sequence, { tokens, matched }: Draft, drawn: readonly number[]): void {
    const own = this.#ownOf(sequence);
    const judged = Math.min(tokens.length, drawn.length);
    for (let i = 0; i < judged; i++) {
      this.#acceptance.learn(own, matched + i, tokens[i] === drawn[i]);
    }
  }

  /** A step has run. */
  record({ decodeRows, draftRows, prefillRows, accepted, seconds }: SpeculatedStep): void {
    if (decodeRows === 0 || prefillRows > 0) return;
    this.#acceptance.step();
    this.#cost.record(decodeRows + draftRows, seconds);
    const plain = this.#cost.of(decodeRows) ?? seconds;
    const extra = draftRows === 0 ? 0 : (this.#cost.of(decodeRows + draftRows) ?? seconds) - plain;
    const saved = (plain * accepted) / decodeRows;
    const allowance = this.#allowance + ALLOWED_LOSS * seconds + saved - extra;
    this.#allowance = Math.min(allowance, SAVED_STEPS * plain);
  }

  /** What the source knows, `most` tokens of each sequence, `room` together. */
  #collect(sequences: readonly Sequence[], most: number, room: number): Map<Sequence, Draft> {
    const drafts = new Map<Sequence, Draft>();
    let [left, entries] = [room, DRAFT_LIST_ENTRIES];
    for (const sequence of sequences) {
      // The last token of the answer is drawn after the others of a draft.
      const wanted = Math.min(most, left, sequence.tokensLeft - 1);
      if (wanted < 1 || sequence.followers.size > 0) continue;
      const rowEntries = sequence.mostDrawEntries + wanted;
      const affordable = Math.min(wanted, Math.floor(entries / rowEntries));
      const draft = affordable < 1 ? null : this.#source.draft(sequence, affordable);
      if (draft === null) continue;
      const known = sequence.grammar?.known(draft.tokens) ?? draft.tokens.length;
      if (known === 0) continue;
      drafts.set(sequence, { ...draft, tokens: draft.tokens.slice(0, known) });
      left -= known;
      entries -= known * rowEntries;
    }
    return drafts;
  }

  /** The beginnings of drafts that are worth their rows. */
  #worthwhile(
    drafts: Map<Sequence, Draft>,
    step: { readonly most: number; readonly sequences: number },
  ): Map<Sequence, Draft> {
    const chosen = new Map<Sequence, Draft>();
    const plain = this.#cost.of(step.sequences);
    if (drafts.size === 0 || plain === null) return chosen;
    const gains = [...drafts].flatMap(([sequence, draft]) => this.#gains(sequence, draft));
    // Of one sequence each is smaller than the one before: sorting keeps the order of a draft.
    gains.sort((a, b) => b.gain - a.gain);
    let best = LEAST_GAIN * step.sequences;
    let count = 0;
    let gained = 0;
    for (const [i, { gain }] of gains.slice(0, step.most).entries()) {
      const rows = i + 1;
      gained += gain;
      const seconds = this.#cost.of(step.sequences + rows) ?? plain;
      if (seconds > this.#maxStepSeconds) break;
      const dearer = Math.log(seconds / plain);
      const value = gained - step.sequences * dearer;
      if (value <= best) continue;
      best = value;
      count = rows;
    }
    for (const { sequence, token, matched } of gains.slice(0, count)) {
      const before = chosen.get(sequence)?.tokens ?? [];
      chosen.set(sequence, { tokens: [...before, token], matched });
    }
    return chosen;
  }

  /** Each token of a draft. */
  #gains(sequence: Sequence, { tokens, matched }: Draft): DraftedToken[] {
    const own = this.#ownOf(sequence);
    let likelihood = 1;
    let expected = 1;
    return tokens.map((token, i) => {
      likelihood *= this.#acceptance.likelihood(own, matched + i);
      const gain = Math.log1p(likelihood / expected);
      expected += likelihood;
      return { sequence, token, matched, gain };
    });
  }

  #ownOf(sequence: Sequence): OwnAcceptance {
    let own = this.#own.get(sequence);
    if (own === undefined) this.#own.set(sequence, (own = new OwnAcceptance()));
    return own;
  }
}
