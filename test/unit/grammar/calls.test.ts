/** Calls of tools: a schema that isn't strict and can't be kept takes nothing from the others. */
import t from 'tap';
import type { CallTool } from '../../../src/grammar/calls/calls-source.js';
import { compileCalls } from '../../../src/grammar/calls/compile-calls.js';
import { tooComplex } from '../../../src/grammar/grammar-error.js';
import { programBytes } from '../../../src/grammar/program/program.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { testVocabulary } from '../../support/grammar-runner.js';

function compiled(tools: readonly CallTool[], tick: () => void = () => undefined) {
  const texts = { begin: '', beforeArguments: '(', afterArguments: ')', between: ';', end: '.' };
  return compileCalls({ ...texts, tools, answer: null }, tick);
}

const tool = (name: string, schema: object | null, strict = false): CallTool => ({
  ...{ name, strict, schema: schema === null ? null : JSON.stringify(schema) },
});
const ONE = { properties: { a: { const: 1 } }, required: ['a'], additionalProperties: false };
/** Kept in part, before what can't be. */
const BAD = {
  properties: { a: { type: 'string', pattern: '^[a-z]{900}$' }, b: { uniqueItems: true } },
};

function fits({ program }: ReturnType<typeof compiled>, ...texts: string[]): boolean[] {
  const grammar = new (loadAddon().Grammar)(testVocabulary().native, program);
  return texts.map((text) => grammar.accepts(grammar.stepBytes(grammar.start, Buffer.from(text))));
}

t.test('what can be kept is, strict or not', (t) => {
  const calls = compiled([tool('f', BAD), tool('g', ONE), tool('h', null), tool('i', ONE, true)]);
  t.match(calls.unenforced, [{ tool: 'f', why: /uniqueItems/ }]);
  t.equal(calls.unenforced.length, 1);
  t.strictSame(
    fits(calls, 'f({"x": [1, 1]}).', 'g({"a": 1});i({"a": 1});h({}).', 'g({"b": 1}).', 'f(1).'),
    [true, true, false, false],
  );
  t.throws(() => compiled([tool('f', BAD, true)]), { message: /schema of f: uniqueItems/ });
  t.end();
});

t.test('nothing is left of a schema that can’t be kept', (t) => {
  const one = programBytes(compiled([tool('f', BAD)]).program);
  const many = programBytes(compiled(Array.from('abcdefgh', (name) => tool(name, BAD))).program);
  t.ok(many < one + 8 * 100, `${one} bytes for one, ${many} for eight`);
  t.end();
});

t.test('where time or room is up, strict schemas have had theirs', (t) => {
  let ticks = 0;
  const late = (): void => {
    if (++ticks > 40) throw tooComplex('time is up');
  };
  const objects = Array.from({ length: 30 }, (_, i) => tool(`f${i}`, { properties: { [`p${i}`]: ONE } }));
  const timed = compiled([...objects, tool('last', ONE, true)], late);
  t.ok(timed.unenforced.length > 5 && timed.unenforced.length <= 30, `${timed.unenforced.length}`);
  t.strictSame(fits(timed, 'last({"a": 1}).', 'last({"a": 2}).', 'f29({"p29": 1}).'), [true, false, true]);

  const large = (i: number): object => ({ type: 'object', properties: { a: { pattern: `^${'x'.repeat(i)}[a-z]{15000}$` } } });
  const full = compiled([...Array.from({ length: 40 }, (_, i) => tool(`f${i}`, large(i))), tool('last', ONE, true)]);
  t.match(full.unenforced.at(-1), { tool: 'f39', why: /more than 400000 states/ });
  t.strictSame(fits(full, 'last({"a": 1}).', 'f39({"a": "y"}).', 'f0({"a": "y"}).'), [true, true, false]);
  t.end();
}); // prettier-ignore
