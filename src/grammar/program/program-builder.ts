import { tooComplex } from '../grammar-error.js';
import type { Language } from '../language/language.js';
import type { TextList } from '../language/text-list.js';
import type { Lengths } from '../language/lengths.js';
import { ProgramStates } from './program-states.js';
import { NODE_WORDS, Op, type Program } from './program.js';

/** Larger programs are refused. */
const MAX_NODES = 200_000;

type OpCode = (typeof Op)[keyof typeof Op];

/** Collects the arrays of a program. */
export class ProgramBuilder {
  readonly #nodes: number[] = [];
  readonly #lists: number[] = [];
  readonly #bytes: number[] = [];
  readonly #counts: number[] = [];
  readonly #objects: number[] = [];
  readonly #arrays: number[] = [];
  readonly #states = new ProgramStates();
  readonly #literals = new Map<string, number>();

  /** What `add` returns; where it throws, what it added is taken back. */
  attempt(add: () => number): number {
    const arrays = [
      this.#nodes,
      this.#lists,
      this.#bytes,
      this.#counts,
      this.#objects,
      this.#arrays,
    ];
    const lengths = arrays.map(({ length }) => length);
    const states = this.#states.mark();
    try {
      return add();
    } catch (error) {
      arrays.forEach((array, i) => (array.length = lengths[i]!));
      this.#states.rewind(states);
      forgetFrom(this.#literals, this.#bytes.length);
      throw error;
    }
  }

  /** Nodes to be filled by `set`, the first of `count`. */
  reserve(count = 1): number {
    const node = this.#nodes.length / NODE_WORDS;
    if (node + count > MAX_NODES) throw tooComplex(`a grammar of more than ${MAX_NODES} nodes`);
    for (let i = 0; i < count * NODE_WORDS; i++) this.#nodes.push(0);
    return node;
  }

  set(node: number, op: OpCode, a = 0, b = 0, next = 0): void {
    const at = node * NODE_WORDS;
    this.#nodes[at] = op;
    this.#nodes[at + 1] = a;
    this.#nodes[at + 2] = b;
    this.#nodes[at + 3] = next;
  }

  add(op: OpCode, a = 0, b = 0, next = 0): number {
    const node = this.reserve();
    this.set(node, op, a, b, next);
    return node;
  }

  literal(text: string, next: number): number {
    const bytes = Buffer.from(text);
    let at = this.#literals.get(text);
    if (at === undefined) {
      at = this.#bytes.length;
      this.#literals.set(text, at);
      for (const byte of bytes) this.#bytes.push(byte);
    }
    return this.add(Op.literal, at, bytes.length, next);
  }

  /** Sets a node to go on at any of `targets`. */
  setFork(node: number, targets: readonly number[]): void {
    this.set(node, Op.fork, this.list(targets), targets.length);
  }

  list(values: readonly number[]): number {
    const at = this.#lists.length;
    for (const value of values) this.#lists.push(value);
    return at;
  }

  counts(least: number, most: number): number {
    this.#counts.push(least, most);
    return this.#counts.length / 2 - 1;
  }

  /** A node for each phase of an object; see `Program.objects`. */
  object(words: readonly number[], phases: number, next: number): number {
    return this.#phases(Op.object, this.#objects, words, phases, next);
  }

  array(words: readonly number[], phases: number, next: number): number {
    return this.#phases(Op.array, this.#arrays, words, phases, next);
  }

  #phases(
    op: OpCode,
    table: number[],
    words: readonly number[],
    phases: number,
    next: number,
  ): number {
    const place = table.length / words.length;
    for (const word of words) table.push(word);
    const node = this.reserve(phases);
    for (let phase = 0; phase < phases; phase++) this.set(node + phase, op, place, phase, next);
    return node;
  }

  /** The first state of a language, or a list's number as its complement; `names`: how many names a language of keys lists. */
  language(
    language: Language | TextList,
    lengths: Lengths | null,
    names: number | null = null,
  ): number {
    return this.#states.add(language, lengths, names);
  }

  finish(): Program {
    return {
      nodes: Int32Array.from(this.#nodes),
      lists: Int32Array.from(this.#lists),
      bytes: Uint8Array.from(this.#bytes),
      counts: Int32Array.from(this.#counts),
      objects: Int32Array.from(this.#objects),
      arrays: Int32Array.from(this.#arrays),
      ...this.#states.finish(),
    };
  }
}

/** Forgets what stands at `place` or behind it. */
function forgetFrom<Key>(places: Map<Key, number>, place: number): void {
  for (const [key, at] of places) if (at >= place) places.delete(key);
}
