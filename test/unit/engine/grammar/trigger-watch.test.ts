/** What announces a grammar is seen however it is cut, and no token announces and then says else. */
import t from 'tap';
import { Grammars } from '../../../../src/engine/grammar/grammars.js';
import { SequenceGrammar } from '../../../../src/engine/grammar/sequence-grammar.js';
import { compileGrammar } from '../../../../src/grammar/compile-grammar.js';
import { loadAddon } from '../../../../src/native/load-addon.js';
import { makeTokenTable } from '../../../support/token-table.js';

const PIECES = [
  '>\n',
  '>\n\n',
  '>{',
  '>{"',
  'l>',
  'l>x',
  '<call>',
  '<call>\n{',
  '<call>}',
  ' {',
  '\n{"',
  '{\n',
  '{}',
];
const BYTES = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte));
const [END, HIDDEN] = [256 + PIECES.length, 257 + PIECES.length];
const TOKENS = [
  ...BYTES,
  ...PIECES.map((piece) => Buffer.from(piece)),
  Buffer.from('</s>'),
  Buffer.from('<pad>'),
];
const table = makeTokenTable(TOKENS.length, (id) => TOKENS[id]!, [END, HIDDEN]);
const idOf = (piece: string): number =>
  TOKENS.findIndex((token) => token.equals(Buffer.from(piece)));
const grammars = new Grammars(
  loadAddon(),
  { tokenTable: table, eosIds: [END] },
  { vocabSize: TOKENS.length },
);
const { program } = compileGrammar({ kind: 'ebnf', text: 'root ::= "\\n"? "{\\"a\\"}"' }, () => undefined); // prettier-ignore

function held(starts: readonly string[]): SequenceGrammar {
  const native = grammars.of({ key: 'k', program, trigger: null }, []);
  return new SequenceGrammar(native, {
    table,
    phase: 'answer',
    shown: [],
    thoughtTokens: null,
    watch: grammars.watch(native, { text: '<call>', starts }),
  });
}

/** Pieces of more than one byte, and others, that may not come next; null: all may. */
function forbidden(grammar: SequenceGrammar): string[] | null {
  const mask = new Uint32Array(grammars.maskWords + 2);
  if (grammar.fillMask(mask, 1) === 'free') return null;
  t.strictSame([mask[0], mask[grammars.maskWords + 1]], [0, 0], 'its own words only');
  return TOKENS.filter((_, id) => ((mask[1 + (id >> 5)]! >>> (id & 31)) & 1) === 0).map(String);
}

function say(grammar: SequenceGrammar, ...pieces: string[]): SequenceGrammar {
  for (const piece of pieces) grammar.append(idOf(piece), 'answer');
  return grammar;
}

t.test('however it is cut', (t) => {
  for (const [begins, ...pieces] of [
    [5, '<', 'c', 'a', 'l', 'l', '>'],
    [4, '<', 'c', 'a', 'l', 'l>'],
    [0, '<call>', '\n{"'],
    [3, 'x', '<', 'c', '<call>'],
    [5, '<', 'c', 'a', 'l', '<pad>', 'l>'],
    [5, '<', 'c', 'a', 'l', 'l', '>\n', '{', '"'],
    [0, '<call>\n{', '"', 'a'],
  ] as const) {
    const grammar = held([]);
    const begun = pieces.map((piece) => say(grammar, piece).begun);
    t.equal(begun.indexOf(true), begins, pieces.join('|'));
    const allowed = new Uint32Array(grammars.maskWords);
    t.equal(grammar.fillMask(allowed, 0), 'masked');
  }
  t.end();
});

t.test('tokens that would announce, and go on as nothing of the grammar does', (t) => {
  const whole = ['<call>}'];
  t.strictSame(forbidden(held([])), whole);
  t.strictSame(forbidden(say(held([]), '<', 'c', 'a', 'l', 'l')), ['>\n\n', ...whole]);
  t.strictSame(forbidden(say(held([]), '<', 'c', 'a', 'l')), ['l>x', ...whole]);
  t.strictSame(forbidden(say(held([]), '<', 'c', 'a', 'l', 'x')), whole);
  t.strictSame(forbidden(held(['{'])), [...whole, '{\n', '{}']);
  t.strictSame(forbidden(say(held(['{']), ' ')), [...whole, '{\n', '{}']);
  t.strictSame(forbidden(say(held(['{']), 'x')), whole);
  t.strictSame(forbidden(held(['{"a"'])), whole, 'it may be another object');
  t.end();
});

t.test('an answer that begins with what it may', (t) => {
  t.ok(say(held(['{']), ' ', ' {').begun);
  t.ok(say(held(['{']), '\n{"').begun);
  t.notOk(say(held(['{']), 'x', '{').begun, 'not later');
  const named = ['{"b"', '{"a"'];
  t.notOk(say(held(named), '{', '"').begun);
  t.ok(say(held(named), '{', '"', 'a', '"').begun);
  t.notOk(say(held(named), '{', '"', 'c', '"', '{', '"', 'a', '"').begun);
  t.notOk(say(held(named), '{', '"', 'b', '"').begun, 'the grammar has it not');
  t.ok(say(held(named), '{', '"', 'b', '"', '<call>').begun, 'and an announcement is seen');
  t.end();
});

t.test('drafts go as far as nothing is announced', (t) => {
  const draft = (...pieces: string[]): number[] => pieces.map(idOf);
  const grammar = say(held([]), '<', 'c', 'a');
  t.equal(grammar.known(draft('l', 'x', '<', 'c')), 4);
  t.equal(grammar.known(draft('l', 'l', '>', 'x')), 2);
  t.equal(grammar.known(draft('l', 'x', '<call>', 'x')), 2);
  for (const token of draft('l', 'l')) grammar.assume(token);
  t.strictSame(forbidden(grammar), ['>\n\n', '<call>}'], 'as behind what is assumed');
  grammar.takeBack();
  t.strictSame(forbidden(grammar), ['<call>}']);
  t.equal(grammar.known(draft('l', 'l>')), 1);
  t.end();
});
