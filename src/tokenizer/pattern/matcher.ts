/**
 * Finds a pattern's matches, leftmost first and by priority as a backtracking matcher does, in time
 * linear in the text: the program is run on all its branches at once (K. Thompson, 1968), each set of
 * branches, in order of priority, being a state of an automaton that is built as texts need it (R.
 * Cox, Regular Expression Matching in the Wild, 2010).
 */
import type { WorkMeter } from '../work-meter.js';
import { Op, PAGE_BITS, type PatternProgram } from './program.js';

/** Values of the table of transitions are `state << 1 | a match ends before this character`. */
const UNKNOWN = 0;
const DEAD = 1;
const START = 2;

/** States beyond which the automaton is built anew. */
const MAX_STATES = 1024;
/** A scan looks at the marks of others once it is this many bytes past the last match's end. */
const OVERRUN = 64;
/** log2 of the bytes from one mark to the next. */
const MARK_BITS = 4;
const MAX_MARKS = 1 << 18;

export class PatternMatcher {
  /** Where the match that `find` found lies. */
  start = 0;
  end = 0;
  /** How often the automaton was built anew; states have other numbers since. */
  builds = 0;

  readonly #program: PatternProgram;
  readonly #meter: WorkMeter;
  /** The class of each ASCII character. */
  readonly #ascii: Uint8Array;
  /** log2 of the table's row length. */
  readonly #shift: number;
  #table: Int32Array;
  /** The nodes of each state, by priority. */
  #states: Int32Array[] = [];
  #ids = new Map<string, number>();
  /** Node: in which round it was last visited. */
  readonly #seenNow: Int32Array;
  readonly #seenNext: Int32Array;
  #round = 0;
  /**
   * Places and states from which a scan is known to find no end of a match (T. Reps, "Maximal-munch"
   * tokenization in linear time, 1998). Without them each of n matches could look at the whole rest.
   */
  readonly #hopeless = new Set<number>();
  #lastMark = 0;

  constructor(program: PatternProgram, meter: WorkMeter) {
    this.#program = program;
    this.#meter = meter;
    this.#ascii = program.pages.subarray(program.pageOf[0]! << PAGE_BITS, 128);
    this.#shift = Math.ceil(Math.log2(program.classes + 1));
    this.#table = new Int32Array(16 << this.#shift);
    this.#seenNow = new Int32Array(program.ops.length);
    this.#seenNext = new Int32Array(program.ops.length);
    this.#flush();
  }

  /** Forgets what was learnt about a text: another one follows. */
  reset(): void {
    this.#hopeless.clear();
    this.#lastMark = 0;
  }

  /**
   * Finds the first match in bytes [at, end) of UTF-8 whose text ends at `end`. True: it is between
   * `start` and `end`.
   */
  find(bytes: Uint8Array, at: number, end: number): boolean {
    for (let from = at; from < end; from += bytes[from]! < 0x80 ? 1 : utf8Length(bytes[from]!)) {
      const matchEnd = this.#matchAt(bytes, from, end);
      if (matchEnd > from) {
        this.start = from;
        this.end = matchEnd;
        return true;
      }
      this.#meter.spend(1);
    }
    return false;
  }

  /** Where the match ends that begins at `at`; -1: none does. */
  #matchAt(bytes: Uint8Array, at: number, end: number): number {
    const shift = this.#shift;
    const ascii = this.#ascii;
    let table = this.#table;
    let state = START;
    let matchEnd = -1;
    let i = at;
    let limit = at + OVERRUN;
    let marks: number[] | null = null;
    let checked = at;
    for (;;) {
      const stop = limit < end ? limit : end;
      while (i < stop) {
        const byte = bytes[i]!;
        const kind = byte < 0x80 ? ascii[byte]! : this.#classAt(bytes, i);
        let entry = table[(state << shift) | kind]!;
        if (entry === UNKNOWN) {
          const { builds } = this;
          entry = this.#build(state, kind);
          table = this.#table;
          if (builds !== this.builds) marks = null;
        }
        if ((entry & 1) === 1) {
          matchEnd = i;
          marks = null;
        }
        state = entry >> 1;
        if (state === DEAD) return this.#ended(marks, matchEnd, i);
        i += byte < 0x80 ? 1 : utf8Length(byte);
      }
      if (i >= end) break;
      // At the first character at or after each 16th byte: all scans pass there.
      limit = ((i >> MARK_BITS) + 1) << MARK_BITS;
      if (i - checked >= 1024) {
        this.#meter.spend(i - checked);
        checked = i;
      }
      if (i - Math.max(matchEnd, at) < OVERRUN) continue;
      const mark = (i >> MARK_BITS) * (MAX_STATES + 1) + state;
      if (i <= this.#lastMark && this.#hopeless.has(mark)) return this.#ended(marks, matchEnd, i);
      (marks ??= []).push(mark);
    }
    const kind = this.#program.classes;
    const entry = table[(state << shift) | kind] || this.#build(state, kind);
    if ((entry & 1) === 1) return end;
    return this.#ended(marks, matchEnd, end);
  }

  /** The class of the character beyond ASCII at `at`. */
  #classAt(bytes: Uint8Array, at: number): number {
    const { pageOf, pages } = this.#program;
    const code = codePointAt(bytes, at);
    return pages[(pageOf[code >> PAGE_BITS]! << PAGE_BITS) | (code & ((1 << PAGE_BITS) - 1))]!;
  }

  #ended(marks: readonly number[] | null, matchEnd: number, at: number): number {
    if (marks !== null) {
      if (this.#hopeless.size > MAX_MARKS) this.#hopeless.clear();
      for (const mark of marks) this.#hopeless.add(mark);
      this.#lastMark = Math.max(this.#lastMark, at);
    }
    return matchEnd;
  }

  #flush(): void {
    this.builds++;
    this.#table.fill(UNKNOWN);
    this.#ids.clear();
    const nodes: number[] = [];
    this.#round++;
    this.#follow(this.#program.start, nodes);
    const start = Int32Array.from(nodes);
    this.#states = [new Int32Array(0), new Int32Array(0), start];
    this.#ids.set(start.join(), START);
    this.#hopeless.clear();
  }

  /** The transition of a state on a class; `classes` is the end of the text. */
  #build(state: number, kind: number): number {
    const nodes: number[] = [];
    this.#round++;
    let matched = false;
    for (const node of this.#states[state]!) {
      if (this.#step(node, kind, nodes)) {
        matched = true;
        break;
      }
    }
    this.#meter.spend(this.#program.ops.length);
    const flag = matched ? 1 : 0;
    const { builds } = this;
    const entry = (this.#stateOf(nodes) << 1) | flag;
    if (builds === this.builds) this.#table[(state << this.#shift) | kind] = entry;
    return entry;
  }

  #stateOf(nodes: readonly number[]): number {
    if (nodes.length === 0) return DEAD;
    const key = nodes.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#states.length === MAX_STATES) this.#flush();
    const id = this.#states.push(Int32Array.from(nodes)) - 1;
    this.#ids.set(key, id);
    if ((id + 1) << this.#shift > this.#table.length) {
      const larger = new Int32Array(this.#table.length * 2);
      larger.set(this.#table);
      this.#table = larger;
    }
    return id;
  }

  /**
   * Takes a node over a character: appends what follows to `nodes`. True: a match ends before the
   * character, and what has less priority doesn't count.
   */
  #step(node: number, kind: number, nodes: number[]): boolean {
    const { ops, a, b, members, classes } = this.#program;
    const stack = [node];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.#seenNow[at] === this.#round) continue;
      this.#seenNow[at] = this.#round;
      const op = ops[at];
      if (op === Op.match) return true;
      if (op === Op.fork) {
        stack.push(b[at]!, a[at]!);
        continue;
      }
      const inside = kind < classes && members[b[at]! * classes + kind] === 1;
      if (op === Op.set) {
        if (inside) this.#follow(a[at]!, nodes);
      } else if (inside === (op === Op.ahead)) {
        stack.push(a[at]!);
      }
    }
    return false;
  }

  /** Appends the nodes that wait for a character, from `node` on, to `nodes`. */
  #follow(node: number, nodes: number[]): void {
    const { ops, a, b } = this.#program;
    // A match has less that follows it: nothing.
    if (nodes.length > 0 && ops[nodes.at(-1)!] === Op.match) return;
    const stack = [node];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.#seenNext[at] === this.#round) continue;
      this.#seenNext[at] = this.#round;
      if (ops[at] === Op.fork) {
        stack.push(b[at]!, a[at]!);
        continue;
      }
      nodes.push(at);
      if (ops[at] === Op.match) return;
    }
  }
}

/** The code point that a UTF-8 sequence of several bytes stands for. */
function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const second = bytes[at + 1]! & 0x3f;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third = bytes[at + 2]! & 0x3f;
  if (first < 0xf0) return ((first & 0x0f) << 12) | (second << 6) | third;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
}

/** Bytes of the UTF-8 sequence that begins with a byte. */
function utf8Length(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
