import { KingletError } from '../../errors.js';

/** Objects and lists inside each other. */
const MAX_DEPTH = 256;
/** Objects and lists of one text: an empty one costs twenty times its two bytes. */
const MAX_CONTAINERS = 2 ** 17;
/** Members of one object: far more than any field takes, and few enough to be listed at once. */
const MAX_MEMBERS = 2 ** 14;

/** Memory of a parsed value beyond twice its text, in bytes for each: measured, and rounded up. */
const CONTAINER_BYTES = 128;
/** Names are strings too. */
const STRING_BYTES = 64;
const ELEMENT_BYTES = 8;
/** A number that is no small integer has an object of its own. */
const FRACTION_BYTES = 16;

/** Where the value of a member of the outermost object stands, both of them in bytes of the text. */
interface MemberSpan {
  /** With its quotes. */
  readonly name: readonly [start: number, end: number];
  readonly value: readonly [start: number, end: number];
}

/** More members than any request has; beyond them the first are forgotten. */
const MAX_SPANS = 64;

export interface JsonScan {
  /** Members of the outermost object that are objects or lists, in order. */
  readonly members: readonly MemberSpan[];
  /** There is an escape of a surrogate, which may be half of a pair. */
  readonly surrogates: boolean;
  /** Bytes that the parsed value may take. */
  readonly cost: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const DOT = 0x2e;
const EXPONENT = 0x65;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Looks once over the bytes of a JSON text, before anything is made of it: what would cost far more
 * than its size is refused with `json_too_complex`. It does not check the grammar; JSON.parse does,
 * and what is found here holds for a text that JSON.parse accepts.
 */
export function scanJson(bytes: Uint8Array): JsonScan {
  const nesting = new Nesting();
  const escapes = { surrogates: false };
  let strings = 0;
  let elements = 0;
  let fractions = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i] ?? 0) {
      case QUOTE: {
        const start = i;
        strings++;
        i = stringEnd(bytes, start, escapes);
        nesting.string(start, i + 1);
        break;
      }
      case OPEN_LIST:
      case OPEN_OBJECT:
        nesting.open(i);
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        nesting.close(i + 1);
        break;
      case COLON:
        nesting.member();
        break;
      case COMMA:
        elements++;
        break;
      case DOT:
      case EXPONENT:
        fractions++;
        break;
      default:
    }
  }
  const cost =
    2 * bytes.length +
    CONTAINER_BYTES * nesting.containers +
    STRING_BYTES * strings +
    ELEMENT_BYTES * elements +
    FRACTION_BYTES * fractions;
  return { members: nesting.members, surrogates: escapes.surrogates, cost };
}

/** Where the string that begins at `start` has its closing quote; the text's end if it has none. */
function stringEnd(bytes: Uint8Array, start: number, escapes: { surrogates: boolean }): number {
  let i = start + 1;
  for (; i < bytes.length && bytes[i] !== QUOTE; i++) {
    if (bytes[i] !== BACKSLASH) continue;
    i++;
    // \ud8 to \udf
    const digit = bytes[i + 2] ?? 0;
    if (
      bytes[i] === 0x75 &&
      ((bytes[i + 1] ?? 0) | 0x20) === 0x64 &&
      !(digit >= 0x30 && digit <= 0x37)
    ) {
      escapes.surrogates = true;
    }
  }
  return i;
}

/** The objects and lists around a place in the text. */
class Nesting {
  readonly members: MemberSpan[] = [];
  containers = 0;
  #depth = 0;
  /** Of each object or list that is open, by its depth. */
  readonly #memberCounts = new Int32Array(MAX_DEPTH + 1);
  // Of the outermost object: the latest string, which is the name where a container begins.
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;

  string(start: number, end: number): void {
    if (this.#depth !== 1) return;
    this.#nameStart = start;
    this.#nameEnd = end;
  }

  open(at: number): void {
    if (++this.containers > MAX_CONTAINERS) {
      throw tooComplex(`it has more than ${MAX_CONTAINERS} objects and lists`);
    }
    if (this.#depth === 1) this.#valueStart = at;
    if (++this.#depth > MAX_DEPTH) {
      throw tooComplex(`objects and lists are nested more than ${MAX_DEPTH} deep`);
    }
    this.#memberCounts[this.#depth] = 0;
  }

  close(end: number): void {
    if (--this.#depth !== 1) return;
    if (this.members.length === MAX_SPANS) this.members.shift();
    this.members.push({ name: [this.#nameStart, this.#nameEnd], value: [this.#valueStart, end] });
  }

  member(): void {
    // Below the outermost depth there is no place for a count, and JSON.parse refuses the text.
    const count = (this.#memberCounts[this.#depth] ?? 0) + 1;
    this.#memberCounts[this.#depth] = count;
    if (count > MAX_MEMBERS) {
      throw tooComplex(`an object has more than ${MAX_MEMBERS} members`);
    }
  }
}

function tooComplex(what: string): KingletError {
  return new KingletError('json_too_complex', `The JSON is not taken: ${what}.`);
}
