/**
 * Regular expressions to deterministic automata: Thompson's construction and the construction of
 * subsets (Aho, Sethi, Ullman: Compilers, section 3.7), over classes of code points that no set of
 * the expression tells apart.
 */
import type { CodePointSet } from '../../tokenizer/unicode/code-point-set.js';
import { tooComplex } from '../grammar-error.js';
import { LanguageBuilder } from '../language/language-builder.js';
import { LAST_CODE_POINT, REFUSED, type Language } from '../language/language.js';
import { SequenceNumbers } from '../language/sequence-numbers.js';
import { parseRegex } from './parse-regex.js';
import type { RegexNode } from './syntax.js';

const MAX_NFA_STATES = 40_000;
/** Members of all subsets together: what the construction may take in time and memory. */
const MAX_SUBSET_MEMBERS = 4_000_000;

/** Edges without a code point hold always, or only at the text's first or last place. */
const enum Free {
  always,
  atStart,
  atEnd,
}

class Nfa {
  readonly sets: CodePointSet[] = [];
  /** [states] the set of the edge that takes a code point, or -1, and where it leads. */
  readonly edgeSet: number[] = [];
  readonly edgeTarget: number[] = [];
  readonly free: (readonly [Free, number])[][] = [];
  readonly #setNumbers = new Map<string, number>();
  /** The same for sets that were met before, which need no text to be told. */
  readonly #knownSets = new Map<CodePointSet, number>();

  state(): number {
    if (this.edgeSet.length >= MAX_NFA_STATES) {
      throw tooComplex(`a regular expression of more than ${MAX_NFA_STATES} states`);
    }
    this.edgeSet.push(-1);
    this.edgeTarget.push(-1);
    this.free.push([]);
    return this.edgeSet.length - 1;
  }

  link(from: number, to: number, when = Free.always): void {
    this.free[from]!.push([when, to]);
  }

  take(from: number, set: CodePointSet, to: number): void {
    this.edgeSet[from] = this.#setNumber(set);
    this.edgeTarget[from] = to;
  }

  #setNumber(set: CodePointSet): number {
    const known = this.#knownSets.get(set);
    if (known !== undefined) return known;
    const key = set.join();
    let number = this.#setNumbers.get(key);
    if (number === undefined) {
      number = this.sets.length;
      this.#setNumbers.set(key, number);
      this.sets.push(set);
    }
    this.#knownSets.set(set, number);
    return number;
  }

  /** Adds what leads from `from` through the node; returns where it ends. */
  add(node: RegexNode, from: number): number {
    switch (node.kind) {
      case 'set': {
        const before = this.state();
        const after = this.state();
        this.link(from, before);
        this.take(before, node.set, after);
        return after;
      }
      case 'sequence':
        return node.parts.reduce((at, part) => this.add(part, at), from);
      case 'choice': {
        const after = this.state();
        for (const part of node.parts) {
          const before = this.state();
          this.link(from, before);
          this.link(this.add(part, before), after);
        }
        return after;
      }
      case 'start':
      case 'end': {
        const after = this.state();
        this.link(from, after, node.kind === 'start' ? Free.atStart : Free.atEnd);
        return after;
      }
      case 'repeat':
        return this.#repeat(node.node, node.least, node.most, from);
    }
  }

  #repeat(node: RegexNode, least: number, most: number, from: number): number {
    let at = from;
    for (let i = 0; i < least; i++) {
      const next = this.add(node, at);
      // What adds nothing adds nothing again.
      if (next === at) break;
      at = next;
    }
    if (most === least) return at;
    if (most === Infinity) {
      const loop = this.state();
      this.link(at, loop);
      this.link(this.add(node, loop), loop);
      const after = this.state();
      this.link(loop, after);
      return after;
    }
    const after = this.state();
    this.link(at, after);
    for (let i = least; i < most; i++) {
      const next = this.add(node, at);
      if (next === at) break;
      at = next;
      this.link(at, after);
    }
    return after;
  }
}

/** Code points in classes that all sets take or leave as one. */
interface Alphabet {
  /** Segments of code points, ascending, and the class of each; -1: in no set. */
  readonly first: readonly number[];
  readonly classOf: readonly number[];
  readonly classes: number;
  /** Classes of each set. */
  readonly ofSet: readonly (readonly number[])[];
}

function alphabetOf(sets: readonly CodePointSet[], tick: () => void): Alphabet {
  const first = [...new Set([0, ...sets.flat()])].sort((a, b) => a - b);
  const members: string[] = first.map(() => '');
  sets.forEach((set, number) => {
    tick();
    let inside = 0;
    let at = 0;
    first.forEach((begin, segment) => {
      while (at < set.length && set[at]! <= begin) {
        inside ^= 1;
        at++;
      }
      if (inside === 1) members[segment] += `${number},`;
    });
  });
  const numbers = new Map<string, number>();
  const ofSet: number[][] = sets.map(() => []);
  const classOf = members.map((key) => {
    if (key === '') return -1;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
      for (const set of key.split(',')) if (set !== '') ofSet[Number(set)]!.push(number);
    }
    return number;
  });
  return { first, classOf, classes: numbers.size, ofSet };
}

/**
 * The language of a regular expression: texts that contain a match (`search`, as `pattern` of JSON
 * Schema means it), or that are one as a whole.
 */
export function regexLanguage(
  source: string,
  mode: 'search' | 'whole',
  tick?: () => void,
): Language {
  return determinize(parseRegex(source), mode, tick);
}

/** `tick` is called again and again, and throws when time is up. */
export function determinize(
  node: RegexNode,
  mode: 'search' | 'whole',
  tick: () => void = () => undefined,
): Language {
  const nfa = new Nfa();
  const start = nfa.state();
  const anything: CodePointSet = [0];
  const last = nfa.add(node, start);
  const final = nfa.state();
  nfa.link(last, final);
  const alphabet = alphabetOf([...nfa.sets, ...(mode === 'search' ? [anything] : [])], tick);
  return new Subsets(nfa, alphabet, { start, final, search: mode === 'search' }).language(tick);
}

interface Ends {
  readonly start: number;
  readonly final: number;
  readonly search: boolean;
}

class Subsets {
  readonly #nfa: Nfa;
  readonly #alphabet: Alphabet;
  readonly #ends: Ends;
  readonly #subsets = new SequenceNumbers();
  /** Of each state what is reached between two code points; made when it is asked for. */
  readonly #closures: (Int32Array | undefined)[];
  /** Of each state whether the text may end there, once it isn't at its start; as above. */
  readonly #ended: (boolean | undefined)[];
  /** [classes] states that a subset's states lead to; empty but in `#lead`. */
  readonly #targets: number[][];
  /** [states] the last subset or closure that has the state. */
  readonly #seen: Int32Array;
  readonly #members: Int32Array;
  #mark = 0;

  constructor(nfa: Nfa, alphabet: Alphabet, ends: Ends) {
    this.#nfa = nfa;
    this.#alphabet = alphabet;
    this.#ends = ends;
    this.#closures = new Array<undefined>(nfa.edgeSet.length);
    this.#ended = new Array<undefined>(nfa.edgeSet.length);
    this.#targets = Array.from({ length: alphabet.classes }, () => []);
    this.#seen = new Int32Array(nfa.edgeSet.length);
    this.#members = new Int32Array(nfa.edgeSet.length);
  }

  language(tick: () => void): Language {
    const { first, classOf, classes } = this.#alphabet;
    const builder = new LanguageBuilder();
    this.#numberOf(this.#closure([this.#ends.start], { atStart: true }));
    const leads = new Int32Array(classes);
    for (let number = 0; number < this.#subsets.count; number++) {
      tick();
      const subset = this.#subsets.at(number);
      if (this.#ends.search && subset.includes(this.#ends.final)) {
        // A match was found, and what follows changes nothing.
        builder.edge(0, LAST_CODE_POINT, number);
        builder.endState(0);
        continue;
      }
      this.#lead(subset, leads);
      for (let segment = 0; segment < first.length; segment++) {
        const one = classOf[segment]!;
        if (one < 0 || leads[one]! < 0) continue;
        builder.edge(first[segment]!, (first[segment + 1] ?? LAST_CODE_POINT + 1) - 1, leads[one]!);
      }
      builder.endState(this.#acceptsAtEnd(subset, number === 0) ? 0 : REFUSED);
    }
    return builder.finish();
  }

  /** Where each class leads from a subset; -1: nowhere. */
  #lead(subset: Int32Array, leads: Int32Array): void {
    const { edgeSet, edgeTarget } = this.#nfa;
    for (const state of subset) {
      const set = edgeSet[state]!;
      if (set < 0) continue;
      for (const one of this.#alphabet.ofSet[set]!) this.#targets[one]!.push(edgeTarget[state]!);
    }
    // Most classes of a search are in none of the subset's sets, and begin it anew.
    const { start, search } = this.#ends;
    let others = -1;
    for (let one = 0; one < leads.length; one++) {
      const reached = this.#targets[one]!;
      if (reached.length > 0) {
        if (search) reached.push(start);
        leads[one] = this.#numberOf(this.#union(reached));
        reached.length = 0;
      } else {
        if (search && others < 0) others = this.#numberOf(this.#union([start]));
        leads[one] = others;
      }
    }
  }

  #numberOf(subset: Int32Array): number {
    const number = this.#subsets.numberOf(subset);
    if (this.#subsets.length > MAX_SUBSET_MEMBERS) {
      throw tooComplex('a regular expression whose automaton is too large');
    }
    return number;
  }

  /** The closures of some states together. */
  #union(states: readonly number[]): Int32Array {
    // Finding a closure marks states, so that all are there first.
    const closures = states.map((state) => (this.#closures[state] ??= this.#closure([state])));
    const mark = ++this.#mark;
    let count = 0;
    for (const closure of closures) {
      for (const one of closure) {
        if (this.#seen[one] === mark) continue;
        this.#seen[one] = mark;
        this.#members[count++] = one;
      }
    }
    return this.#members.subarray(0, count).sort();
  }

  /** What is reached without a code point, of which only what goes on by one is kept. */
  #closure(from: readonly number[], { atStart = false, atEnd = false } = {}): Int32Array {
    const mark = ++this.#mark;
    const open: number[] = [];
    const kept: number[] = [];
    const reach = (state: number): void => {
      if (this.#seen[state] === mark) return;
      this.#seen[state] = mark;
      open.push(state);
    };
    for (const state of from) reach(state);
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      let waits = this.#nfa.edgeSet[state]! >= 0 || state === this.#ends.final;
      for (const [when, to] of this.#nfa.free[state]!) {
        if (when === Free.atEnd && !atEnd) waits = true;
        else if (when !== Free.atStart || atStart) reach(to);
      }
      if (waits) kept.push(state);
    }
    return Int32Array.from(kept).sort();
  }

  #acceptsAtEnd(subset: Int32Array, atStart: boolean): boolean {
    return subset.some((state) =>
      atStart ? this.#endsFrom(state, true) : (this.#ended[state] ??= this.#endsFrom(state, false)),
    );
  }

  /** Whether the text may end at a state. */
  #endsFrom(state: number, atStart: boolean): boolean {
    return this.#closure([state], { atStart, atEnd: true }).includes(this.#ends.final);
  }
}
