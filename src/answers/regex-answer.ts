import { Alphabet } from './regex/alphabet.js';
import { AliveScan } from './regex/alive-scan.js';
import { AliveSets } from './regex/alive-sets.js';
import { parseAnswerRegex } from './regex/parse-answer-regex.js';
import { programOf, type Program } from './regex/program.js';
import { Symbols } from './regex/symbols.js';

export interface AnswerRegex {
  /**
   * The last match in `text`, of those that JavaScript's `matchAll` would go through: its first group
   * that took part, or the whole match if the pattern has no group. Undefined where nothing matches,
   * or no group took part. Takes at most `states of the pattern × length of the text` steps.
   */
  readonly last: (text: string) => string | undefined;
}

/**
 * A regular expression as `parseAnswerRegex` reads it, that finds what JavaScript's with the flags `g`
 * and `u` would: the leftmost match, greedy or lazy as written, alternatives in order. It never goes
 * back in the text: a pass from its end finds where a match can begin and which ways lead to one, and
 * the pass forward takes the first of them (A. Frisch, L. Cardelli, "Greedy regular expression
 * matching", ICALP 2004). Throws `invalid_value` for `field` where the pattern can't be used, with
 * the place of the fault; patterns have up to 1,000 characters, and 2,000 states.
 */
export function compileAnswerRegex(pattern: string, field = 'pattern'): AnswerRegex {
  const program = programOf(parseAnswerRegex(pattern, field), field);
  const alphabet = new Alphabet(program.sets);
  const sets = new AliveSets(program, alphabet);
  return {
    last: (text) => new Search(program, sets, new Symbols(text, alphabet)).last(text),
  };
}

class Search {
  readonly #program: Program;
  readonly #sets: AliveSets;
  readonly #symbols: Symbols;
  readonly #scan: AliveScan;

  constructor(program: Program, sets: AliveSets, symbols: Symbols) {
    this.#program = program;
    this.#sets = sets;
    this.#symbols = symbols;
    this.#scan = new AliveScan(sets, symbols);
  }

  last(text: string): string | undefined {
    const { slots, start } = this.#program;
    const places = new Int32Array(slots);
    let found: Int32Array | undefined;
    for (let i = 0; i <= this.#symbols.length;) {
      if (!this.#sets.has(this.#scan.at(i), start)) {
        i++;
        continue;
      }
      const end = this.#follow(i, places.fill(-1));
      found = slots === 0 ? Int32Array.of(i, end) : places.slice();
      i = Math.max(end, i + 1);
    }
    if (found === undefined) return undefined;
    for (let slot = 0; slot < found.length; slot += 2) {
      const [from = -1, to = -1] = found.subarray(slot, slot + 2);
      if (from < 0 || to < 0) continue;
      return text.slice(this.#symbols.offset(from), this.#symbols.offset(to));
    }
    return undefined;
  }

  /** The end of the match that begins at `start`, where one does. Notes in `places` its groups. */
  #follow(start: number, places: Int32Array): number {
    let i = start;
    let number = this.#program.start;
    let set = this.#scan.at(i);
    for (;;) {
      const state = this.#program.states[number];
      if (state === undefined) throw new RangeError(`no state ${number}`);
      number = state.next;
      switch (state.op) {
        case 'match':
          return i;
        case 'take':
          set = this.#scan.at(++i);
          break;
        case 'split':
          if (!this.#sets.has(set, state.next)) number = state.other;
          break;
        case 'save':
          places[state.detail] = i;
          break;
        case 'forget':
          places.fill(-1, state.detail, state.other);
          break;
        case 'place':
          break;
        case 'fail':
          throw new RangeError('a state that fails is not alive');
      }
    }
  }
}
