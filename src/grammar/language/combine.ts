import { LanguageBuilder } from './language-builder.js';
import { LAST_CODE_POINT, REFUSED, type Language } from './language.js';
import { SequenceNumbers } from './sequence-numbers.js';

/** Far less than one automaton may have: a product is work, and seldom of use when it is large. */
const MAX_PRODUCT_STATES = 6000;
interface ProductTerms {
  /** Languages without which `decide` refuses, so that nothing is built beyond them. */
  readonly needed?: readonly number[];
  readonly mostStates?: number;
  /** Called again and again; throws when time is up. */
  readonly tick?: () => void;
}

/**
 * What several languages make of one text. `decide` gets what each accepts it as (-1: not at all)
 * and says what the whole does: intersection, union, complement and all between.
 *
 * The product of the automata, in which a language that refuses stays in a state of its own, -1.
 */
export function combine(
  languages: readonly Language[],
  decide: (accepts: readonly number[]) => number,
  { needed = [], mostStates = MAX_PRODUCT_STATES, tick = () => undefined }: ProductTerms = {},
): Language {
  const builder = new LanguageBuilder(mostStates);
  const tuples = new SequenceNumbers();
  tuples.numberOf(new Int32Array(languages.length));
  const walk = new TupleWalk(languages, needed);
  const accepts = new Array<number>(languages.length).fill(REFUSED);
  for (let number = 0; number < tuples.count; number++) {
    tick();
    walk.begin(tuples.at(number));
    languages.forEach(({ accept }, i) => {
      const state = walk.states[i]!;
      accepts[i] = state < 0 ? REFUSED : accept[state]!;
    });
    while (walk.next()) builder.edge(walk.first, walk.last, tuples.numberOf(walk.targets));
    builder.endState(decide(accepts));
  }
  return builder.finish();
}

/** Visits runs of code points that lead all states of a tuple to the same ones. */
class TupleWalk {
  readonly states: Int32Array;
  /** Where the run's code points lead; -1: nowhere. */
  readonly targets: Int32Array;
  first = 0;
  last = -1;
  readonly #languages: readonly Language[];
  readonly #needed: readonly number[];
  /** Of each language the edge that the last run has come to. */
  readonly #edges: Int32Array;

  constructor(languages: readonly Language[], needed: readonly number[]) {
    this.#languages = languages;
    this.#needed = needed;
    this.states = new Int32Array(languages.length);
    this.targets = new Int32Array(languages.length);
    this.#edges = new Int32Array(languages.length);
  }

  begin(states: Int32Array): void {
    this.states.set(states);
    this.last = -1;
    for (let i = 0; i < this.states.length; i++) {
      const state = this.states[i]!;
      this.#edges[i] = state < 0 ? 0 : this.#languages[i]!.edgeOffsets[state]!;
    }
  }

  /** The next run of which every needed language takes the code points; false: there is none. */
  next(): boolean {
    while (this.last < LAST_CODE_POINT) {
      this.#advance();
      if (this.#isNeeded()) return true;
    }
    return false;
  }

  #isNeeded(): boolean {
    for (const i of this.#needed) if (this.targets[i]! < 0) return false;
    return true;
  }

  #advance(): void {
    const code = this.last + 1;
    let last = LAST_CODE_POINT;
    for (let i = 0; i < this.states.length; i++) {
      this.targets[i] = -1;
      const state = this.states[i]!;
      if (state < 0) continue;
      const { edgeOffsets, edgeFirst, edgeLast, edgeTarget } = this.#languages[i]!;
      const end = edgeOffsets[state + 1]!;
      let at = this.#edges[i]!;
      while (at < end && edgeLast[at]! < code) at++;
      this.#edges[i] = at;
      if (at === end) continue;
      if (edgeFirst[at]! > code) {
        last = Math.min(last, edgeFirst[at]! - 1);
      } else {
        last = Math.min(last, edgeLast[at]!);
        this.targets[i] = edgeTarget[at]!;
      }
    }
    this.first = code;
    this.last = last;
  }
}

/** Texts of all languages. */
export function intersection(languages: readonly Language[], tick?: () => void): Language {
  if (languages.length === 1) return languages[0]!;
  return combine(languages, (accepts) => (accepts.includes(REFUSED) ? REFUSED : 0), {
    needed: languages.map((_, i) => i),
    ...(tick !== undefined && { tick }),
  });
}
