/** Values on their way into a template: lossless JSON, JavaScript's values. */
import t from 'tap';
import { valueFromJson, valueOf } from '../../../src/jinja/template.js';
import { renderJinja } from '../../support/jinja.js';

function printed(json: string): string {
  return renderJinja('{{ x }}', { x: valueFromJson(json) }).text;
}

t.test('JSON stays as it was written', async (t) => {
  const rows: [json: string, printed: string][] = [
    ['1', '1'],
    ['1.0', '1.0'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['1e2', '100.0'],
    ['1E400', 'inf'],
    ['123456789012345680', '123456789012345680'],
    ['-9007199254740993', '-9007199254740993'],
    ['1e16', '1e+16'],
    ['0.1', '0.1'],
    ['true', 'True'],
    ['null', 'None'],
    ['"a\\u00e9\\n"', 'aé\n'],
    ['[1, 1.0, [], {}]', '[1, 1.0, [], {}]'],
    ['{"b": 1, "1": 2, "a": 3, "0": 4}', "{'b': 1, '1': 2, 'a': 3, '0': 4}"],
    ['{"a": 1, "b": 2, "a": 3}', "{'a': 3, 'b': 2}"],
    ['{"__proto__": {"x": 1}, "constructor": 2}', "{'__proto__': {'x': 1}, 'constructor': 2}"],
    [' [ ] ', '[]'],
  ];
  for (const [json, text] of rows) t.equal(printed(json), text, json);
});

t.test('what is no JSON, or nested too deep', async (t) => {
  const deep = 100_000;
  for (const json of [
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    '{a: 1}',
    "['a']",
    '01',
    '1 2',
    '[1 2]',
    'NaN',
    '"\u0001"',
    '"\\x"',
    '// c\n1',
    '"a',
    '[1}',
    '+1',
    '.5',
    '1.',
    '[]]',
    '['.repeat(deep),
    '['.repeat(deep) + ']'.repeat(deep),
    '{"a":'.repeat(deep),
  ]) {
    t.throws(() => valueFromJson(json), SyntaxError, json.slice(0, 20));
  }
  // Brackets in strings don't count.
  t.equal(printed(JSON.stringify('['.repeat(deep))).length, deep);
});

t.test("JavaScript's values", async (t) => {
  const rows: [value: unknown, printed: string][] = [
    [1, '1'],
    [1.5, '1.5'],
    [-0, '-0.0'],
    [2 ** 53, '9007199254740992'],
    [1e300, String(BigInt(1e300))],
    [NaN, 'nan'],
    [12n, '12'],
    [null, 'None'],
    [undefined, ''],
    [[1, 'a', null], "[1, 'a', None]"],
    [{ a: 1, skipped: undefined, b: [true] }, "{'a': 1, 'b': [True]}"],
    [
      new Map<unknown, unknown>([
        [1, 'x'],
        ['k', 2],
      ]),
      "{1: 'x', 'k': 2}",
    ],
    [JSON.parse('{"__proto__": 1}'), "{'__proto__': 1}"],
  ];
  for (const [value, text] of rows) {
    t.equal(renderJinja('{{ x }}', { x: value }).text, text, text);
  }
  t.throws(() => valueOf(() => 1), TypeError);
  let nested: unknown = 1;
  for (let i = 0; i < 1000; i++) nested = [nested];
  t.throws(() => valueOf(nested), /nested/);
});
