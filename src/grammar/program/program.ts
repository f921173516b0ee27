/**
 * A grammar as the addon runs it: a pushdown automaton over bytes in flat arrays, which
 * native/grammar/program.h lays out the same and checks once. Nodes are what is to be read next;
 * a value of a schema, or a rule of a grammar, begins at a node and ends at a `return`.
 */
export const Op = {
  /** The rule's end: goes on behind the call. */
  return: 0,
  /** a, b: first byte in `bytes` and their number. */
  literal: 1,
  /** a: state of a language or a list of texts, whose text is read as it stands. */
  text: 2,
  /** a: state of a language or list of decoded texts, read as a string of JSON; b: place in `counts`, -1. */
  string: 3,
  /** a: the node of a rule. */
  call: 4,
  /** a, b: first of `lists` and their number: any of these nodes. */
  fork: 5,
  /** a: the node of a rule that is read again and again; b: place in `counts`. */
  repeat: 6,
  /** a: place in `objects`; b: the phase, for each of which there is a node. */
  object: 7,
  /** a: place in `arrays`; b: the phase. */
  array: 8,
} as const;

export const NODE_WORDS = 4;
export const OBJECT_PHASES = 8;
export const ARRAY_PHASES = 5;

/** Bits of `stateFlags`. */
export const StateFlag = {
  /** Whatever code points follow, the text can still be accepted (as another name, of a key). */
  total: 1,
  /** Of a key: a name that is not listed can still come of it. */
  other: 2,
} as const;

export interface Program {
  /** [nodes × NODE_WORDS] op, a, b, next. Node 0 is the first. */
  readonly nodes: Int32Array;
  readonly lists: Int32Array;
  readonly bytes: Uint8Array;
  /** Pairs: least, most. */
  readonly counts: Int32Array;
  /**
   * [objects × 8] state of the keys' language, or their list, listed names, other kinds of names, fewest
   * and most properties, and in `lists`: where values begin (-1: none fits), the next required name
   * of each place, how many are required from there on.
   */
  readonly objects: Int32Array;
  /**
   * [arrays × 10] first items and their place in `lists`, the others' node, fewest and most
   * items, the node of items that are contained (-1: no such), fewest and most of them, values that
   * are unique and their place in `lists`.
   */
  readonly arrays: Int32Array;
  // Languages, one after the other: see Language.
  /** [states + 1] */
  readonly stateEdges: Int32Array;
  readonly stateAccept: Int32Array;
  /** `StateFlag`. */
  readonly stateFlags: Int32Array;
  /** [states] fewest and most code points that may follow. */
  readonly stateLeast: Int32Array;
  readonly stateMost: Int32Array;
  /** [states + 1] of a key: listed names that can still come, ascending. */
  readonly stateLabels: Int32Array;
  readonly labels: Int32Array;
  readonly edgeFirst: Int32Array;
  readonly edgeLast: Int32Array;
  readonly edgeTarget: Int32Array;
  /**
   * Texts, as code points one after the other, [texts + 1] where each begins, and [lists × 4] the first
   * text of a list, their number, 1 where any other text is accepted too, 1 where they are an
   * object's names. A node or an object names a list by its number's complement.
   */
  readonly textCodes: Int32Array;
  readonly textOffsets: Int32Array;
  readonly textLists: Int32Array;
}

export function programBytes(program: Program): number {
  return Object.values(program as unknown as Record<string, ArrayBufferView>).reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
}
