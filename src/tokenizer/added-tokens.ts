/**
 * Added tokens as a trie of UTF-16 units in flat arrays: looking for all of them takes a walk from
 * each place where one may begin, however many there are.
 */
import { malformed } from './document.js';
import { sharedBytes, sharedInt32, sharedUint16 } from './shared-arrays.js';
import type { AddedToken } from './tokenizer-json.js';

/** Longest content of an added token, in UTF-16 units. Published ones have up to 60. */
const MAX_ADDED_LENGTH = 512;
/** Units of all added tokens together. */
const MAX_UNITS = 1 << 22;

export const Flag = { special: 1, singleWord: 2, lstrip: 4, rstrip: 8 } as const;

/** Plain data. A node is an index; 0 is the root. */
export interface AddedTokenTables {
  /** [tokens] */
  readonly ids: Int32Array;
  /** [tokens] bits of `Flag`. */
  readonly flags: Uint8Array;
  /** [65536] 1: a token begins with this unit. */
  readonly first: Uint8Array;
  /** The only unit that tokens begin with, or -1. */
  readonly onlyFirst: number;
  /** [nodes] the token that ends here, plus 1; 0: none. */
  readonly ends: Int32Array;
  /** [nodes] the same, special tokens left out. */
  readonly endsOrdinary: Int32Array;
  /** [slots] hash of edges: node, unit, and the node that they lead to; 0: a free slot. */
  readonly edgeNode: Int32Array;
  readonly edgeUnit: Uint16Array;
  readonly edgeTo: Int32Array;
}

/**
 * `form` is what a content is looked for as. Of tokens with the same form the last counts. Returns
 * null where there is nothing to look for. Throws `file_malformed`.
 */
export function addedTokenTables(
  tokens: readonly AddedToken[],
  form: (content: string) => string,
): AddedTokenTables | null {
  const forms = tokens.map((token) => ({ ...token, text: form(token.content) }));
  let units = 0;
  for (const { id, text } of forms) {
    units += text.length;
    if (text.length > MAX_ADDED_LENGTH || units > MAX_UNITS) {
      throw malformed(
        'added_tokens',
        text.length > MAX_ADDED_LENGTH
          ? `the content of id ${id} has ${text.length} characters: at most ${MAX_ADDED_LENGTH} are taken`
          : `more than ${MAX_UNITS} characters altogether`,
      );
    }
  }
  if (units === 0) return null;

  const slots = slotsFor(units);
  const edgeNode = sharedInt32(slots);
  const edgeUnit = sharedUint16(slots);
  const edgeTo = sharedInt32(slots);
  const first = sharedBytes(0x10000);
  const ends: number[] = [0];
  const endsOrdinary: number[] = [0];
  forms.forEach(({ text, special }, i) => {
    if (text === '') return;
    let node = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      let slot = edgeSlot(node, unit, slots - 1);
      while (edgeTo[slot] !== 0 && (edgeNode[slot] !== node || edgeUnit[slot] !== unit)) {
        slot = (slot + 1) & (slots - 1);
      }
      if (edgeTo[slot] === 0) {
        edgeNode[slot] = node;
        edgeUnit[slot] = unit;
        edgeTo[slot] = ends.push(0) - 1;
        endsOrdinary.push(0);
      }
      node = edgeTo[slot]!;
    }
    first[text.charCodeAt(0)] = 1;
    ends[node] = i + 1;
    if (!special) endsOrdinary[node] = i + 1;
  });
  const onlyFirst = first.indexOf(1);
  return {
    ids: shared(tokens.map((token) => token.id)),
    flags: flagsOf(tokens),
    first,
    onlyFirst: first.indexOf(1, onlyFirst + 1) < 0 ? onlyFirst : -1,
    ends: shared(ends),
    endsOrdinary: shared(endsOrdinary),
    edgeNode,
    edgeUnit,
    edgeTo,
  };
}

/** The node that an edge leads to, or 0. */
export function follow(tables: AddedTokenTables, node: number, unit: number): number {
  const { edgeNode, edgeUnit, edgeTo } = tables;
  const mask = edgeTo.length - 1;
  let slot = edgeSlot(node, unit, mask);
  while (edgeTo[slot] !== 0) {
    if (edgeNode[slot] === node && edgeUnit[slot] === unit) return edgeTo[slot]!;
    slot = (slot + 1) & mask;
  }
  return 0;
}

function edgeSlot(node: number, unit: number, mask: number): number {
  const hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit + 1, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & mask;
}

/** A power of two, at least twice the entries. */
function slotsFor(entries: number): number {
  return 1 << Math.max(4, Math.ceil(Math.log2(entries * 2)));
}

function shared(values: readonly number[]): Int32Array {
  const array = sharedInt32(values.length);
  array.set(values);
  return array;
}

function flagsOf(tokens: readonly AddedToken[]): Uint8Array {
  const flags = sharedBytes(tokens.length);
  tokens.forEach((token, i) => {
    flags[i] =
      (token.special ? Flag.special : 0) |
      (token.singleWord ? Flag.singleWord : 0) |
      (token.lstrip ? Flag.lstrip : 0) |
      (token.rstrip ? Flag.rstrip : 0);
  });
  return flags;
}
