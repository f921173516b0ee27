import t from 'tap';
import { readJson } from '../../../src/server/json/read-json.js';
import { scanJson } from '../../../src/server/json/scan.js';
import { jsonSourceOf } from '../../../src/server/json/source.js';
import { randomSource } from '../../support/random.js';

const read = (text: string | Buffer) => readJson(Buffer.from(text as string), 'body');

t.test('what JSON says is what comes out', async (t) => {
  const texts = [
    '{}',
    ' [1, 2.5, "a\\u00e9\\ud83d\\ude00\\n"] ',
    'null',
    '"x"',
    '{"a":{"b":[[]]}}',
  ];
  for (const text of texts) t.strictSame(read(text), JSON.parse(text), text);
  t.strictSame(read(Buffer.from('\ufeff{"a":1}')), { a: 1 }, 'a byte order mark is skipped');
  const proto = read('{"__proto__":{"x":1},"constructor":2}') as Record<string, unknown>;
  t.strictSame(Object.keys(proto), ['__proto__', 'constructor'], 'names like any other');
  t.equal(Object.getPrototypeOf(proto), Object.prototype);
});

t.test('bytes that are no UTF-8, or no JSON, are told so', async (t) => {
  const invalid: [Buffer, RegExp][] = [
    [Buffer.from([0x22, 0xff, 0x22]), /not UTF-8/],
    [Buffer.from([0x22, 0xc4, 0xe3, 0xba, 0xc3, 0x22]), /not UTF-8/],
    [Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22]), /not UTF-8/],
    [Buffer.from([0x22, 0xf0, 0x9f, 0x98, 0x22]), /not UTF-8/],
    [Buffer.from('\ufeff{}', 'utf16le'), /not UTF-8|not valid JSON/],
    [Buffer.alloc(0), /empty/],
    [Buffer.from('\ufeff'), /empty/],
    [Buffer.from('{"a":'), /not valid JSON/],
    [Buffer.from('{"a":1}}'), /not valid JSON/],
    [Buffer.from('"\\'), /not valid JSON/],
    [Buffer.from('"\\u'), /not valid JSON/],
    [Buffer.from(']]]]'), /not valid JSON/],
    [Buffer.from('{"a"}'), /not valid JSON/],
  ];
  for (const [bytes, message] of invalid) {
    t.throws(() => read(bytes), { code: 'invalid_json', message }, bytes.toString('latin1'));
  }
});

t.test('what costs far more than its size is refused before it is made', async (t) => {
  const deep = (n: number) => '['.repeat(n) + ']'.repeat(n);
  const lists = (n: number) =>
    `[${Array(n - 1)
      .fill('{}')
      .join(',')}]`;
  const members = (n: number) => `{${Array.from({ length: n }, (_, i) => `"${i}":0`).join(',')}}`;
  const cases: [string, string, RegExp][] = [
    [deep(256), deep(257), /nested more than 256 deep/],
    [lists(131_072), lists(131_073), /more than 131072 objects and lists/],
    [members(16_384), members(16_385), /more than 16384 members/],
  ];
  for (const [good, bad, message] of cases) {
    t.doesNotThrow(() => read(good));
    t.throws(() => read(bad), { code: 'json_too_complex', message });
  }
  t.throws(() => read('{"a":'.repeat(50_000)), { code: 'json_too_complex' });
  t.throws(() => read(deep(2_000_000)), { code: 'json_too_complex' });
  const inStrings = JSON.stringify('[{"'.repeat(500_000));
  t.doesNotThrow(() => read(inStrings), 'brackets in strings are text');
  t.throws(
    () =>
      readJson(Buffer.from('[1]'), 'body', () => {
        throw new RangeError('full');
      }),
    /full/,
    'whoever admits it hears of the cost first',
  );
});

t.test('the cost is at least what the value takes', async (t) => {
  const many = (text: string, n: number) => `[${Array<string>(n).fill(text).join(',')}]`;
  // Per element on 64 bits: a pointer, and what it points to.
  t.ok(scanJson(Buffer.from(many('1', 1000))).cost >= 8 * 1000);
  t.ok(scanJson(Buffer.from(many('1.5', 1000))).cost >= 24 * 1000);
  t.ok(scanJson(Buffer.from(many('{}', 1000))).cost >= 64 * 1000);
  t.ok(scanJson(Buffer.from(many('"ab"', 1000))).cost >= 32 * 1000);
  t.ok(scanJson(Buffer.from(JSON.stringify('é'.repeat(1000)))).cost >= 2000);
});

t.test('half of a surrogate pair is no text, wherever it stands', async (t) => {
  const half = '\\ud83d';
  const cases: [string, string | null][] = [
    [`{"prompt":"a${half} b"}`, 'prompt'],
    [`{"stop":["a","\\uDE00"]}`, 'stop[1]'],
    [
      `{"messages":[{"role":"user","content":[{"text":"${half}"}]}]}`,
      'messages[0].content[0].text',
    ],
    [`{"chat_template_kwargs":{"a":{"${half}":1}}}`, 'chat_template_kwargs.a'],
    [`{"${half}":1}`, null],
    [`"${half}${half}\\ude00"`, null],
    [`{"a":"\\ude00${half}"}`, 'a'],
  ];
  for (const [text, param] of cases) {
    t.throws(() => read(text), { code: 'invalid_value', param, message: /surrogate/ }, text);
  }
  for (const text of [`"\\ud83d\\ude00"`, `"\\\\ud83d"`, `"\\ud7ff\\ue000"`, '"😀"']) {
    t.doesNotThrow(() => read(text), text);
  }
});

t.test('members that templates read keep what JSON wrote', async (t) => {
  const source = (text: string, name: string) =>
    jsonSourceOf((read(text) as Record<string, unknown>)[name]);
  const kwargs = '{"a": 1.0, "b": 123456789012345680, "1": {"z":0, "y":[1e2]}}';
  t.equal(
    source(`{"model":"m", "chat_template_kwargs" : ${kwargs} , "n":1}`, 'chat_template_kwargs'),
    kwargs,
  );
  t.equal(source(`{"tools":[ 1.0 ],"messages":["tools"]}`, 'tools'), '[ 1.0 ]');
  t.equal(source(`\ufeff{"é":"tools","tools":["é",1.0]}`, 'tools'), '["é",1.0]');
  t.equal(source('{"tools":[1.0],"tools":[2.0]}', 'tools'), '[2.0]', 'the last one counts');
  t.equal(source('{"tools":[1.0],"tools":5}', 'tools'), null);
  t.equal(source('{"to\\u006fls":[1.0]}', 'tools'), '[1.0]', 'however the name is written');
  t.equal(source('{"a":{"tools":[1.0]}}', 'a'), null);
  t.equal(source('{"messages":[1.0]}', 'messages'), null);
  t.equal(jsonSourceOf({}), null);
  t.equal(jsonSourceOf(undefined), null);
});

t.test('sources of random bodies parse to their values', async (t) => {
  const next = randomSource(7);
  const random = (below: number) => Math.floor(next() * below);
  const value = (depth: number): string => {
    const kind = random(depth > 3 ? 4 : 6);
    if (kind === 0) return String(random(1000) / 8);
    if (kind === 1) return JSON.stringify('"{[\\]}é😀,:'.slice(random(8)));
    if (kind === 2) return 'null';
    if (kind === 3) return ' true ';
    const inner = Array.from({ length: random(4) }, () => value(depth + 1));
    if (kind === 4) return `[${inner.join(' ,')}]`;
    return `{ ${inner.map((each, i) => `"k${i}${random(2) === 0 ? '' : '\\u0022'}":${each}`).join(',')}}`;
  };
  let kept = 0;
  for (let i = 0; i < 2000; i++) {
    const names = ['tools', 'x', 'chat_template_kwargs', 'documents', 'y'].sort(
      () => random(3) - 1,
    );
    const text = `{${names.map((name) => `"${name}" : ${value(0)}`).join(', ')}}`;
    const body = read(text) as Record<string, unknown>;
    for (const name of names) {
      const source = jsonSourceOf(body[name]);
      if (source === null) continue;
      kept++;
      t.strictSame(JSON.parse(source), body[name]);
    }
  }
  t.ok(kept > 1000, `${kept} sources`);
});
