import t from 'tap';
import { Speller } from '../../../src/tokenizer/speller.js';
import { makeTokenTable } from '../../support/token-table.js';

function spellerOf(pieces: readonly (string | Buffer)[], tokens = pieces.length, unusable = -1): Speller {
  const texts = pieces.map((piece) => Buffer.from(piece as string));
  const table = makeTokenTable(texts.length, (id) => texts[id]!, []);
  return new Speller(table, tokens, (id) => id !== unusable);
} // prettier-ignore

t.test('whole tokens, in whatever order', (t) => {
  const speller = spellerOf(['a', 'b', 'now', 'nowhe', 're', 'here', 'no', '', 'é', 'x😀']);
  for (const text of ['', 'abba', 'nowhere', 'noa', 'é', 'bx😀', 'nowhereanow']) {
    t.ok(speller.spells(text), text);
    t.equal(speller.reach(text), Buffer.byteLength(text));
  }
  for (const [text, reach] of [['nowx', 3], ['n', 0], ['anowher', 6], ['😀', 0], ['aé😀', 3], ['w', 0]] as const) {
    t.notOk(speller.spells(text), text);
    t.equal(speller.reach(text), reach, text);
  }
  t.end();
}); // prettier-ignore

t.test('half a character, tokens beyond the model, and tokens that are no text', (t) => {
  const [first, rest] = [Buffer.from('é').subarray(0, 1), Buffer.from('éa').subarray(1)];
  t.ok(spellerOf([first, rest]).spells('éa'));
  t.equal(spellerOf([first, rest], 1).reach('éa'), 1);
  t.equal(spellerOf(['a', 'b'], 1).reach('ab'), 1);
  t.equal(spellerOf(['a', 'b'], 9).reach('ab'), 2);
  t.equal(spellerOf(['a', 'b', 'ab'], 3, 1).reach('ab'), 2);
  t.equal(spellerOf(['a', 'b'], 2, 1).reach('ab'), 1);
  t.end();
});

t.test('work is bounded in the text', (t) => {
  const speller = spellerOf(['a', 'aa', 'aaa', 'aaaa']);
  t.equal(speller.reach(`${'a'.repeat(400)}b`), 400);
  t.end();
});
