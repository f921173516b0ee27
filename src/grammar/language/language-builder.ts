import { tooComplex } from '../grammar-error.js';
import { incomingOf } from './incoming.js';
import { FIRST_SURROGATE, LAST_SURROGATE, REFUSED, type Language } from './language.js';

/** Larger automata are refused: a language of so many states has no use in an answer. */
const MAX_STATES = 20_000;
const MAX_EDGES = 400_000;

/** Collects an automaton state by state, in the order of their numbers. */
export class LanguageBuilder {
  readonly #mostStates: number;
  #accept: number[] = [];
  #offsets: number[] = [0];
  #first: number[] = [];
  #last: number[] = [];
  #target: number[] = [];

  constructor(mostStates = MAX_STATES) {
    this.#mostStates = mostStates;
  }

  /** An edge of the state that `endState` ends. Ranges ascend; neighbours of one target are joined. */
  edge(first: number, last: number, target: number): void {
    if (first <= LAST_SURROGATE && last >= FIRST_SURROGATE) {
      if (first < FIRST_SURROGATE) this.edge(first, FIRST_SURROGATE - 1, target);
      if (last > LAST_SURROGATE) this.edge(LAST_SURROGATE + 1, last, target);
      return;
    }
    const before = this.#first.length - 1;
    const own = before >= this.#offsets[this.#offsets.length - 1]!;
    if (own && this.#target[before] === target && this.#last[before] === first - 1) {
      this.#last[before] = last;
      return;
    }
    this.#first.push(first);
    this.#last.push(last);
    this.#target.push(target);
  }

  endState(accept: number): void {
    this.#accept.push(accept);
    this.#offsets.push(this.#first.length);
    if (this.#accept.length > this.#mostStates || this.#first.length > MAX_EDGES) {
      throw tooComplex(
        `an automaton of more than ${this.#mostStates} states or ${MAX_EDGES} edges`,
      );
    }
  }

  /** The language, with states that lead nowhere left out. */
  finish(): Language {
    const states = this.#accept.length;
    const live = this.#liveStates();
    const number = new Int32Array(states).fill(-1);
    let count = 0;
    for (let state = 0; state < states; state++) {
      if (live[state] === 1 || state === 0) number[state] = count++;
    }
    const edgeOffsets = new Int32Array(count + 1);
    const accept = new Int32Array(count);
    let edges = 0;
    const [first, last, target] = [this.#first, this.#last, this.#target].map(
      (values) => new Int32Array(values.length),
    ) as [Int32Array, Int32Array, Int32Array];
    for (let state = 0; state < states; state++) {
      const renumbered = number[state]!;
      if (renumbered < 0) continue;
      accept[renumbered] = this.#accept[state]!;
      for (let edge = this.#offsets[state]!; edge < this.#offsets[state + 1]!; edge++) {
        const to = this.#target[edge]!;
        if (live[to] !== 1) continue;
        first[edges] = this.#first[edge]!;
        last[edges] = this.#last[edge]!;
        target[edges++] = number[to]!;
      }
      edgeOffsets[renumbered + 1] = edges;
    }
    return {
      edgeOffsets,
      edgeFirst: first.subarray(0, edges),
      edgeLast: last.subarray(0, edges),
      edgeTarget: target.subarray(0, edges),
      accept,
    };
  }

  /** [states] 1: an accepting state can be reached. */
  #liveStates(): Uint8Array {
    const states = this.#accept.length;
    const { offsets, sources } = incomingOf(this.#offsets, this.#target);
    const live = new Uint8Array(states);
    const open: number[] = [];
    const reach = (state: number): void => {
      if (live[state] === 1) return;
      live[state] = 1;
      open.push(state);
    };
    for (let state = 0; state < states; state++) {
      if (this.#accept[state] !== REFUSED) reach(state);
    }
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      for (let i = offsets[state]!; i < offsets[state + 1]!; i++) reach(sources[i]!);
    }
    return live;
  }
}

export type Edge<State> = readonly [first: number, last: number, target: State];

/** How a state of `buildLanguage` goes on. */
export interface Expansion<State> {
  readonly accept: number;
  /** Without overlaps. */
  readonly edges: readonly Edge<State>[];
}

/** The language whose states are reached from `start`; two states with one key are the same. */
export function buildLanguage<State>(
  start: State,
  keyOf: (state: State) => string | number,
  expand: (state: State) => Expansion<State>,
): Language {
  const builder = new LanguageBuilder();
  const states: State[] = [start];
  const numbers = new Map([[keyOf(start), 0]]);
  for (let i = 0; i < states.length; i++) {
    const { accept, edges } = expand(states[i]!);
    for (const [first, last, target] of ascending(edges)) {
      const key = keyOf(target);
      let number = numbers.get(key);
      if (number === undefined) {
        number = states.length;
        numbers.set(key, number);
        states.push(target);
      }
      builder.edge(first, last, number);
    }
    builder.endState(accept);
  }
  return builder.finish();
}

function ascending<State>(edges: readonly Edge<State>[]): readonly Edge<State>[] {
  return edges.every(([first], i) => i === 0 || edges[i - 1]![0] < first)
    ? edges
    : [...edges].sort(([a], [b]) => a - b);
}
