/**
 * Regular expressions as automata whose ways are in the order in which JavaScript tries them (Thompson's
 * construction, built from the end). A turn of a repetition that takes nothing fails in JavaScript,
 * beyond those that must be there. So within a repetition of what may take nothing, states stand once
 * for each number of repetitions around whose turn has taken something; the outer ones are always
 * first. That leaves no circle that takes no character, and states decide alone how a text goes on.
 */
import type { KingletError } from '../../errors.js';
import { invalidValue } from '../../errors/requests.js';
import type { CodePointSet } from '../../tokenizer/unicode/code-point-set.js';
import type { AnswerRegexTree } from './parse-answer-regex.js';
import { stateOrder, type Op, type State } from './states.js';
import { isNullable, PLACE_BITS, type RegexNode } from './syntax.js';

/** States of an automaton: what a character of the text may cost at most, in steps. */
const MAX_STATES = 2000;
/** Parts of an expression, those that repetitions write out counted anew. */
const MAX_PARTS = 20_000;

export interface Program {
  readonly states: readonly State[];
  readonly start: number;
  /** All states, each behind those that it leads to without a character. */
  readonly order: readonly number[];
  readonly sets: readonly CodePointSet[];
  /** Two for each group: where it begins and ends. */
  readonly slots: number;
}

/** Throws `invalid_value` for `field` where the automaton is too large. */
export function programOf({ node, groups }: AnswerRegexTree, field: string): Program {
  const builder = new ProgramBuilder(field);
  const start = builder.start(node);
  const { states, sets } = builder;
  return { states, start, order: stateOrder(states), sets, slots: groups * 2 };
}

type Repeat = Extract<RegexNode, { kind: 'repeat' }>;

const NOWHERE = -1;

class ProgramBuilder {
  readonly states: State[] = [];
  readonly sets: CodePointSet[] = [];
  readonly #field: string;
  readonly #known = new Map<string, number>();
  readonly #setNumbers = new Map<string, number>();
  readonly #fail: number;
  #parts = 0;

  constructor(field: string) {
    this.#field = field;
    this.#fail = this.#state({ op: 'fail', next: NOWHERE, other: NOWHERE, detail: 0 });
  }

  start(node: RegexNode): number {
    const match = this.#state({ op: 'match', next: NOWHERE, other: NOWHERE, detail: 0 });
    const [start = this.#fail] = this.#build(node, [match]);
    return start;
  }

  #tooLarge(): KingletError {
    return invalidValue(this.#field, 'its repetitions and sets make too many states');
  }

  /** The number of a state; states that do the same are one. */
  #state(state: State): number {
    const key = `${state.op} ${state.next} ${state.other} ${state.detail}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.states.length >= MAX_STATES) throw this.#tooLarge();
    this.#known.set(key, this.states.length);
    return this.states.push(state) - 1;
  }

  #step(op: Op, next: number, detail = 0, other = NOWHERE): number {
    return this.#state({ op, next, other, detail });
  }

  #setNumber(set: CodePointSet): number {
    const key = set.join();
    const known = this.#setNumbers.get(key);
    if (known !== undefined) return known;
    this.#setNumbers.set(key, this.sets.length);
    return this.sets.push(set) - 1;
  }

  /**
   * Where the node begins, if `next` follows it: [repetitions around of which something may be left
   * to take, + 1]. At level i of them the turns of the i outermost have taken something; at the last
   * level all have, and a character always leads there.
   */
  #build(node: RegexNode, next: readonly number[]): readonly number[] {
    if (++this.#parts > MAX_PARTS) throw this.#tooLarge();
    switch (node.kind) {
      case 'set': {
        const state = this.#step('take', next.at(-1) ?? this.#fail, this.#setNumber(node.set));
        return next.map(() => state);
      }
      case 'place':
        return next.map((state) => this.#step('place', state, PLACE_BITS[node.place]));
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.#build(part, after), next);
      case 'choice':
        return node.parts
          .map((part) => this.#build(part, next))
          .reduceRight((others, ways) => this.#either(ways, others));
      case 'group': {
        const ends = next.map((state) => this.#step('save', state, node.number * 2 + 1));
        return this.#build(node.node, ends).map((state) =>
          this.#step('save', state, node.number * 2),
        );
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #either(first: readonly number[], second: readonly number[]): readonly number[] {
    return first.map((state, i) => this.#step('split', state, 0, second[i]));
  }

  #repeat(repeat: Repeat, next: readonly number[]): readonly number[] {
    const { least, most, lazy } = repeat;
    const turnOrNot = (turn: readonly number[], not: readonly number[]): readonly number[] =>
      lazy ? this.#either(not, turn) : this.#either(turn, not);
    let at = next;
    if (most === Infinity) {
      at = this.#loop(repeat, next);
    } else {
      for (let i = least; i < most; i++) at = turnOrNot(this.#checked(repeat, at), next);
    }
    for (let i = 0; i < least; i++) at = this.#turn(repeat, at);
    return at;
  }

  #loop(repeat: Repeat, next: readonly number[]): readonly number[] {
    // Its place must be known before it is: a detail that no other state has keeps it apart.
    const again = this.#step('split', NOWHERE, this.states.length);
    const turn = this.#checked(
      repeat,
      next.map(() => again),
    );
    const ways = repeat.lazy ? [next, turn] : [turn, next];
    const [first = [], second = []] = ways;
    this.states[again] = {
      op: 'split',
      next: first.at(-1) ?? this.#fail,
      other: second.at(-1) ?? this.#fail,
      detail: 0,
    };
    return [...this.#either(first.slice(0, -1), second.slice(0, -1)), again];
  }

  /** A turn that fails where it takes nothing. */
  #checked(repeat: Repeat, next: readonly number[]): readonly number[] {
    const after = next.at(-1) ?? this.#fail;
    if (!isNullable(repeat.node)) {
      return this.#turn(
        repeat,
        next.map(() => after),
      );
    }
    const inner = this.#turn(repeat, [...next.map(() => this.#fail), after]);
    return inner.slice(0, -1);
  }

  #turn({ node, groups }: Repeat, next: readonly number[]): readonly number[] {
    const turn = this.#build(node, next);
    const [first, end] = groups;
    if (first === end) return turn;
    return turn.map((state) => this.#step('forget', state, first * 2, end * 2));
  }
}
