/** Grammars over a small vocabulary, followed token by token. */
import { compileGrammar } from '../../src/grammar/compile-grammar.js';
import type { GrammarSource } from '../../src/grammar/grammar-source.js';
import type { GrammarState, NativeGrammar, NativeVocabulary } from '../../src/native/addon.js';
import { loadAddon } from '../../src/native/load-addon.js';

/** Every byte is a token, so that any text can be written; the rest are as real ones are. */
const PIECES = [
  ...['{"', '":', '": ', '", "', '"}', '"]', '}}', ', ', '[]', '[1', 'true', 'null', 'ab', 'abc'],
  ...['a"', 'b", ', 'x"}', '\\"', '\\n', '\\u00', 'é', 'éa"', '😀', '12', '345', '.5', 'e-', '-1'],
  ...['name', 'names"', 'age"', 'ag', 'e', ' a', '  ', '\n\n', '"a"', '"a', 'long text of words'],
];
/** Texts that begin alike, so that much lies below one place of the tree; one is longer than it is deep. */
const FAMILIES = [
  ...[
    'abc',
    'abcd',
    'abcde',
    'abcdef',
    'abcx',
    'abc1',
    'abc d',
    'abc"',
    'abcé',
    'abc日',
    'abc日本',
  ],
  ...[2, 3, 4, 7, 12, 20, 255, 256, 300].map((length) => 'a'.repeat(length)),
  ...[
    'aaaaZ',
    'aaaa-',
    'aaaa\n',
    '日',
    '日本',
    '日本語',
    '日本a',
    ' abc',
    ' abcd',
    ' abcde',
    ' abce',
  ],
];
const HALF_CHARACTERS = [
  ...[Buffer.from('é').subarray(0, 1), Buffer.from('😀').subarray(1, 4)],
  ...[Buffer.from('abcdé').subarray(0, 5), Buffer.from('abcd日').subarray(0, 6)],
  ...[Buffer.from([0x61, 0x62, 0x63, 0x80]), Buffer.from([0x61, 0x62, 0x63, 0x64, 0xff])],
  ...[Buffer.from([0x61, 0x62, 0x63, 0xed, 0xa0]), Buffer.from([0x61, 0x62, 0x63, 0xe6, 0x61])],
];

export interface TestVocabulary {
  readonly native: NativeVocabulary;
  readonly tokens: readonly Buffer[];
  readonly end: number;
}

let made: TestVocabulary | null = null;

export function testVocabulary(): TestVocabulary {
  if (made !== null) return made;
  const tokens = [
    ...Array.from({ length: 256 }, (_, byte) => Buffer.of(byte)),
    ...[...PIECES, ...FAMILIES].map((piece) => Buffer.from(piece)),
    ...HALF_CHARACTERS,
  ];
  const end = tokens.length;
  const all = Buffer.concat(tokens);
  const bytes = new Uint8Array(new SharedArrayBuffer(all.length));
  bytes.set(all);
  const offsets = new Uint32Array(new SharedArrayBuffer(4 * (tokens.length + 2)));
  let at = 0;
  tokens.forEach((token, i) => (offsets[i + 1] = at += token.length));
  offsets[end + 1] = at;
  const usable = new Uint8Array(tokens.length + 1).fill(1, 0, end);
  const native = new (loadAddon().GrammarVocabulary)({
    ...{ bytes, offsets, usable },
    ends: Int32Array.of(end),
  });
  return (made = { native, tokens, end });
}

export function grammarOf(source: GrammarSource): NativeGrammar {
  const { Grammar } = loadAddon();
  return new Grammar(testVocabulary().native, compileGrammar(source, () => undefined).program);
}

export const schemaGrammar = (schema: unknown): NativeGrammar =>
  grammarOf({ kind: 'schema', text: JSON.stringify(schema) });

/** Whether a text is one of the grammar's. */
export function accepts(grammar: NativeGrammar, text: string): boolean {
  return grammar.accepts(grammar.stepBytes(grammar.start, Buffer.from(text)));
}

/** The ids that a state's mask allows. */
export function allowedIds(grammar: NativeGrammar, state: GrammarState): number[] {
  const { tokens, end } = testVocabulary();
  const mask = new Uint32Array(Math.ceil((tokens.length + 1) / 32));
  const leadsOn = grammar.fillMask(state, mask, 0);
  const ids: number[] = [];
  for (let id = 0; id <= end; id++) if (((mask[id >> 5] ?? 0) >>> (id & 31)) & 1) ids.push(id);
  if (leadsOn !== ids.some((id) => id !== end)) throw new Error(`${ids.join()}, not ${leadsOn}`);
  return ids;
}

/**
 * A text of the grammar, drawn token by token from its masks; after `hurry` tokens an end is taken
 * wherever one is, and before it the shortest way. Throws where a mask is empty.
 */
export function drawText(
  grammar: NativeGrammar,
  random: () => number,
  hurry: number,
  visit: (state: GrammarState, allowed: readonly number[]) => void = () => undefined,
): string {
  const { tokens, end } = testVocabulary();
  const parts: Buffer[] = [];
  let state = grammar.start;
  for (let drawn = 0; drawn < 4000; drawn++) {
    const allowed = allowedIds(grammar, state);
    visit(state, allowed);
    if (allowed.length === 0)
      throw new Error(`nothing may follow ${Buffer.concat(parts).toString()}`);
    const closing = allowed.filter(
      (id) => id === end || /^["}\]0-9]+$/.test(tokens[id]!.toString()),
    );
    const from = drawn >= hurry && closing.length > 0 ? closing : allowed;
    const drawnId = from[Math.floor(random() * from.length)]!;
    const choice = drawn >= hurry && allowed.includes(end) ? end : drawnId;
    if (choice === end) return Buffer.concat(parts).toString();
    parts.push(tokens[choice]!);
    state = grammar.step(state, choice);
  }
  throw new Error(`no end within 4000 tokens: ${Buffer.concat(parts).toString().slice(0, 200)}`);
}
