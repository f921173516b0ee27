import { LanguageBuilder } from './language-builder.js';
import { LAST_CODE_POINT, REFUSED, type Language } from './language.js';

/** Far less than one automaton may have: a product is work, and seldom of use when it is large. */
const MAX_PRODUCT_STATES = 6000;
/** More than an automaton has states. */
const STATE_RANGE = 2 ** 21;

interface ProductTerms {
  /** Languages without which `decide` refuses, so that nothing is built beyond them. */
  readonly needed?: readonly number[];
  readonly mostStates?: number;
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
  { needed = [], mostStates = MAX_PRODUCT_STATES }: ProductTerms = {},
): Language {
  const builder = new LanguageBuilder(mostStates);
  const tuples = new Tuples(languages.length);
  tuples.numberOf(languages.map(() => 0));
  for (let number = 0; number < tuples.list.length; number++) {
    const tuple = tuples.list[number]!;
    eachSegment(languages, tuple, (first, last, targets) => {
      if (needed.every((i) => targets[i]! >= 0)) {
        builder.edge(first, last, tuples.numberOf(targets));
      }
    });
    builder.endState(
      decide(tuple.map((state, i) => (state < 0 ? REFUSED : languages[i]!.accept[state]!))),
    );
  }
  return builder.finish();
}

/** Numbers tuples of states: by the first states' number and the next state, again and again. */
class Tuples {
  readonly list: (readonly number[])[] = [];
  readonly #levels: readonly Map<number, number>[];

  constructor(size: number) {
    this.#levels = Array.from({ length: size }, () => new Map<number, number>());
  }

  numberOf(tuple: readonly number[]): number {
    let number = 0;
    for (const [i, level] of this.#levels.entries()) {
      const key = number * STATE_RANGE + tuple[i]! + 1;
      let next = level.get(key);
      if (next === undefined) {
        next = level.size;
        level.set(key, next);
        if (i === this.#levels.length - 1) this.list.push(tuple);
      }
      number = next;
    }
    return number;
  }
}

/** Visits runs of code points that lead all states of a tuple to the same ones. */
function eachSegment(
  languages: readonly Language[],
  tuple: readonly number[],
  visit: (first: number, last: number, targets: readonly number[]) => void,
): void {
  const edges = tuple.map((state, i) => (state < 0 ? 0 : languages[i]!.edgeOffsets[state]!));
  for (let code = 0; code <= LAST_CODE_POINT;) {
    let last = LAST_CODE_POINT;
    const targets = new Array<number>(tuple.length).fill(-1);
    for (let i = 0; i < tuple.length; i++) {
      const state = tuple[i]!;
      if (state < 0) continue;
      const { edgeOffsets, edgeFirst, edgeLast, edgeTarget } = languages[i]!;
      const end = edgeOffsets[state + 1]!;
      let at = edges[i]!;
      while (at < end && edgeLast[at]! < code) at++;
      edges[i] = at;
      if (at === end) continue;
      if (edgeFirst[at]! > code) {
        last = Math.min(last, edgeFirst[at]! - 1);
      } else {
        last = Math.min(last, edgeLast[at]!);
        targets[i] = edgeTarget[at]!;
      }
    }
    visit(code, last, targets);
    code = last + 1;
  }
}

/** Texts of all languages. */
export function intersection(languages: readonly Language[]): Language {
  if (languages.length === 1) return languages[0]!;
  return combine(languages, (accepts) => (accepts.includes(REFUSED) ? REFUSED : 0), {
    needed: languages.map((_, i) => i),
  });
}
