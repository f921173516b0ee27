import { SequenceNumbers } from '../../grammar/language/sequence-numbers.js';
import type { Alphabet } from './alphabet.js';
import type { Program } from './program.js';

/** Bytes of what is kept, at which it is forgotten. */
const MAX_BYTES = 8 << 20;
/** About what a set and an edge take beside their numbers. */
const SET_BYTES = 200;
const EDGE_BYTES = 40;
/** One more than the bits of places. */
const PLACES = 16;

const isIn = (bits: Int32Array | undefined, state: number): boolean =>
  (((bits?.[state >> 5] ?? 0) >> (state & 31)) & 1) === 1;

/**
 * Sets of the states that can still reach a match by what is left of a text, found from its end: a
 * deterministic automaton of the text read backward, made as texts ask for it. Sets have numbers.
 */
export class AliveSets {
  readonly #program: Program;
  readonly #alphabet: Alphabet;
  /** Bits of the places that the program asks for; the others decide nothing. */
  readonly #places: number;
  #numbers = new SequenceNumbers();
  /** [sets] bits of the states. */
  #sets: Int32Array[] = [];
  /** By set, symbol and places: the set before. */
  #edges = new Map<number, number>();
  #bytes = 0;
  /** [states] 1: alive. */
  readonly #alive: Uint8Array;
  readonly #bits: Int32Array;

  constructor(program: Program, alphabet: Alphabet) {
    const { states } = program;
    this.#program = program;
    this.#alphabet = alphabet;
    this.#places = states.reduce((bits, { op, detail }) => bits | (op === 'place' ? detail : 0), 0);
    this.#alive = new Uint8Array(states.length);
    this.#bits = new Int32Array((states.length + 31) >> 5);
  }

  /** The states of a set, for `numberOf` after `forgetIfFull`. */
  bitsOf(set: number): Int32Array {
    return this.#sets[set] ?? new Int32Array(0);
  }

  numberOf(bits: Int32Array): number {
    const number = this.#numbers.numberOf(bits);
    if (number === this.#sets.length) {
      this.#sets.push(bits.slice());
      this.#bytes += 2 * bits.byteLength + SET_BYTES;
    }
    return number;
  }

  /** Forgets all sets and their numbers, where they have become too many. */
  forgetIfFull(): void {
    if (this.#bytes < MAX_BYTES) return;
    this.#numbers = new SequenceNumbers();
    this.#sets = [];
    this.#edges = new Map();
    this.#bytes = 0;
  }

  has(set: number, state: number): boolean {
    return isIn(this.#sets[set], state);
  }

  /** The set at the text's end, where `places` are. */
  atEnd(places: number): number {
    return this.#closed(undefined, -1, places);
  }

  /** The set before `symbol`, where `places` are, if `set` is behind it. */
  before(set: number, symbol: number, places: number): number {
    const asked = places & this.#places;
    const edge = (set * this.#alphabet.classes + symbol) * PLACES + asked;
    let number = this.#edges.get(edge);
    if (number === undefined) {
      number = this.#closed(this.#sets[set], symbol, asked);
      this.#edges.set(edge, number);
      this.#bytes += EDGE_BYTES;
    }
    return number;
  }

  #closed(behind: Int32Array | undefined, symbol: number, places: number): number {
    const { states, order } = this.#program;
    const alive = this.#alive;
    const bits = this.#bits.fill(0);
    for (const number of order) {
      const state = states[number];
      if (state === undefined) continue;
      const { op, next, other, detail } = state;
      let lives: boolean;
      if (op === 'take') lives = isIn(behind, next) && this.#alphabet.isInSet(detail, symbol);
      else if (op === 'split') lives = alive[next] === 1 || alive[other] === 1;
      else if (op === 'match') lives = true;
      else lives = alive[next] === 1 && (op !== 'place' || (places & detail) !== 0);
      alive[number] = lives ? 1 : 0;
      if (lives) bits[number >> 5] = (bits[number >> 5] ?? 0) | (1 << (number & 31));
    }
    return this.numberOf(bits);
  }
}
