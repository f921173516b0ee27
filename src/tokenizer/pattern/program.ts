/**
 * A pattern as a program: a nondeterministic automaton (K. Thompson, Programming Techniques: Regular
 * expression search algorithm, 1968) over classes of code points, in which the order of branches is
 * their priority. Plain data in shared memory: threads get it without a copy.
 */
import { sharedBytes, sharedInt32, sharedUint16 } from '../shared-arrays.js';
import { CODE_POINTS, type CodePointSet } from '../unicode/code-point-set.js';
import { PatternError, type PatternNode } from './parse-pattern.js';

/** Kinds of nodes. `a` and `b` are nodes unless said otherwise. */
export const Op = {
  /** A code point of set `b`, then `a`. */
  set: 0,
  /** `a`, else `b`. */
  fork: 1,
  /** If a code point of set `b` follows, `a`. */
  ahead: 2,
  /** If the text ends or no code point of set `b` follows, `a`. */
  notAhead: 3,
  match: 4,
} as const;

export interface PatternProgram {
  readonly ops: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly start: number;
  /** Classes of code points that no set of the pattern tells apart. */
  readonly classes: number;
  /** [sets × classes] 1: the class is in the set. */
  readonly members: Uint8Array;
  /** [0x110000 / PAGE] which page has the classes of PAGE code points. */
  readonly pageOf: Uint16Array;
  /** Pages of PAGE classes each. */
  readonly pages: Uint8Array;
}

export const PAGE_BITS = 7;
const PAGE = 1 << PAGE_BITS;
const MAX_NODES = 5000;
const MAX_CLASSES = 255;

/** Throws `PatternError` for a pattern that is too large. */
export function compilePattern(pattern: PatternNode): PatternProgram {
  const builder = new Builder();
  const start = builder.emit(pattern, builder.add(Op.match, 0, 0));
  const { classes, members, runs } = classify(builder.sets);
  const { pageOf, pages } = paginate(runs);
  const count = builder.ops.length;
  const ops = sharedBytes(count);
  const a = sharedInt32(count);
  const b = sharedInt32(count);
  ops.set(builder.ops);
  a.set(builder.a);
  b.set(builder.b);
  return { ops, a, b, start, classes, members, pageOf, pages };
}

class Builder {
  readonly ops: number[] = [];
  readonly a: number[] = [];
  readonly b: number[] = [];
  readonly sets: CodePointSet[] = [];
  readonly #known = new Map<string, number>();

  add(op: number, a: number, b: number): number {
    if (this.ops.length === MAX_NODES) {
      throw new PatternError(`needs more than ${MAX_NODES} states, its repetitions written out`);
    }
    this.a.push(a);
    this.b.push(b);
    return this.ops.push(op) - 1;
  }

  /** The node that `node` begins with, if `next` follows it. */
  emit(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.add(Op.set, next, this.#set(node.set));
      case 'ahead':
        return this.add(node.negative ? Op.notAhead : Op.ahead, next, this.#set(node.set));
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.emit(part, after), next);
      case 'choice':
        return node.parts
          .map((part) => this.emit(part, next))
          .reduceRight((after, part) => this.add(Op.fork, part, after));
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat(repeat: PatternNode & { kind: 'repeat' }, next: number): number {
    const { node, least, most, lazy } = repeat;
    const fork = (body: number): number =>
      lazy ? this.add(Op.fork, next, body) : this.add(Op.fork, body, next);
    let at = next;
    let required = least;
    if (most === Infinity) {
      const loop = this.add(Op.fork, next, next);
      const body = this.emit(node, loop);
      if (lazy) this.b[loop] = body;
      else this.a[loop] = body;
      at = least === 0 ? loop : body;
      required = Math.max(0, least - 1);
    } else {
      for (let i = least; i < most; i++) at = fork(this.emit(node, at));
    }
    for (let i = 0; i < required; i++) at = this.emit(node, at);
    return at;
  }

  #set(set: CodePointSet): number {
    const key = set.join();
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.sets.push(set) - 1;
      this.#known.set(key, index);
    }
    return index;
  }
}

/** Divides the code points into classes by the sets that they are in. */
function classify(sets: readonly CodePointSet[]) {
  const edges = new Map<number, number[]>();
  sets.forEach((set, index) => {
    for (const edge of set) {
      const at = edges.get(edge);
      if (at === undefined) edges.set(edge, [index]);
      else at.push(index);
    }
  });
  const inside = new Uint8Array(sets.length);
  const runs: Run[] = [];
  const known = new Map<string, number>();
  const rows: Uint8Array[] = [];
  let from = 0;
  const close = (to: number): void => {
    if (to === from) return;
    const key = inside.join('');
    const current = known.get(key) ?? rows.push(inside.slice()) - 1;
    known.set(key, current);
    if (rows.length > MAX_CLASSES) {
      throw new PatternError(`tells more than ${MAX_CLASSES} kinds of characters apart`);
    }
    runs.push({ end: to, kind: current });
    from = to;
  };
  for (const edge of [...edges.keys()].sort((a, b) => a - b)) {
    close(edge);
    for (const index of edges.get(edge)!) inside[index]! ^= 1;
  }
  close(CODE_POINTS);
  const classes = rows.length;
  const members = sharedBytes(sets.length * classes);
  rows.forEach((row, one) => row.forEach((member, i) => (members[i * classes + one] = member)));
  return { classes, members, runs };
}

/** Code points from the run before up to `end` are of one class. */
interface Run {
  readonly end: number;
  readonly kind: number;
}

/** Stores equal pages once. The last run ends with the code points. */
function paginate(runs: readonly Run[]): { pageOf: Uint16Array; pages: Uint8Array } {
  const pageOf = sharedUint16(CODE_POINTS >> PAGE_BITS);
  const rows: Uint8Array[] = [];
  /** By class: the page that has no other. */
  const uniform: number[] = [];
  const mixed = new Map<string, number>();
  let run = 0;
  for (let page = 0; page < pageOf.length; page++) {
    const start = page << PAGE_BITS;
    while (runs[run]!.end <= start) run++;
    const { end, kind } = runs[run]!;
    if (end >= start + PAGE) {
      pageOf[page] = uniform[kind] ??= rows.push(new Uint8Array(PAGE).fill(kind)) - 1;
      continue;
    }
    const row = new Uint8Array(PAGE);
    for (let one = run, from = 0; from < PAGE; one++) {
      const { end, kind } = runs[one]!;
      const to = Math.min(PAGE, end - start);
      row.fill(kind, from, to);
      from = to;
    }
    const key = Buffer.from(row.buffer).toString('latin1');
    let index = mixed.get(key);
    if (index === undefined) mixed.set(key, (index = rows.push(row) - 1));
    pageOf[page] = index;
  }
  const pages = sharedBytes(rows.length * PAGE);
  rows.forEach((row, i) => pages.set(row, i * PAGE));
  return { pageOf, pages };
}
