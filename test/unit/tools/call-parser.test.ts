import t from 'tap';
import { openingOf, spellCalls } from '../../../src/tools/call-format.js';
import { FAMILY_NAMES, familyNamed } from '../../../src/tools/families.js';
import { parsed, parserOf, type ParsedAnswer } from '../../support/parsed-calls.js';
import { randomSource } from '../../support/random.js';

const NAMES = ['get_weather', 'now', '__proto__', 'constructor'];
const CALL = {
  name: 'get_weather',
  arguments: '{"city": "Zürich <x> </tool_call> }\\"", "n": [1, {}]}',
};
const NOW = { name: 'now', arguments: '{}' };

const whole = (family: string, text: string, parallel = true): ParsedAnswer =>
  parsed(parserOf(family, NAMES, parallel), [text]);

const said = (text: string): ParsedAnswer => ({ text, calls: [] });
const called = (...calls: ParsedAnswer['calls']): ParsedAnswer => ({ text: '', calls });

t.test('what a family spells, its parser takes', async (t) => {
  for (const name of FAMILY_NAMES) {
    const { format } = familyNamed(name);
    for (const calls of [[CALL], [NOW], [CALL, NOW], [NOW, NOW, CALL]]) {
      const text = spellCalls(format, calls);
      t.strictSame(whole(name, text), called(...calls), `${name}, ${calls.length} calls`);
      t.strictSame(whole(name, text, false), called(calls[0]!), `${name}, one at most`);
      t.strictSame(whole(name, `${text}\n`), called(...calls), `${name}, and a line break`);
    }
  }
});

const HERMES = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>';
const LISTED = '<tool_call>[{"name": "now", "arguments": {}}]</tool_call>';
const DEEP =
  '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜>';

const CASES: Record<string, readonly (readonly [text: string, answer: ParsedAnswer])[]> = {
  hermes: [
    ['', said('')],
    ['Just words. ', said('Just words. ')],
    ['\n', said('\n')],
    [`Let me look.\n\n${HERMES}`, { text: 'Let me look.', calls: [NOW] }],
    [`${HERMES}\n\nDone.`, { text: 'Done.', calls: [NOW] }],
    [`A ${HERMES} B`, { text: 'A B', calls: [NOW] }],
    [`${HERMES}${HERMES}\n \n${HERMES}`, called(NOW, NOW, NOW)],
    // As models write it besides.
    ['<tool_call>{"arguments":{"a" : 1 },"name":"now"}</tool_call>', called({ ...NOW, arguments: '{"a" : 1 }' })],
    ['<tool_call>\n\n{ "name" : "now" , "arguments" :  {"a":1}  }\n\n</tool_call>', called({ ...NOW, arguments: '{"a":1}' })],
    ['<tool_call>\n{"id": 7, "type": "function", "name": "now", "x": [{"name": "y"}], "arguments": {}}\n</tool_call>', called(NOW)],
    ['<tool_call>{"name": "now", "parameters": {"a": 1}}</tool_call>', called({ ...NOW, arguments: '{"a": 1}' })],
    ['<tool_call>{"x": 1, "name": "now"}</tool_call>', said('<tool_call>{"x": 1, "name": "now"}</tool_call>')],
    ['<tool_call>{"name": "now"}</tool_call>', called(NOW)],
    ['<tool_call>{"name": "\\u006eow", "arguments": {}}</tool_call>', called(NOW)],
    ['<tool_call>{"name": "__proto__", "arguments": {"__proto__": 1}}</tool_call>', called({ name: '__proto__', arguments: '{"__proto__": 1}' })],
    ['<tool_call>{"name": "constructor"}</tool_call>', called({ name: 'constructor', arguments: '{}' })],
    // Not quite closed.
    ['<tool_call>\n{"name": "now", "arguments": {}}', called(NOW)],
    ['<tool_call>\n{"name": "now", "arguments": {}', called(NOW)],
    ['<tool_call>\n{"name": "now", "arguments": {"a": "b', called({ ...NOW, arguments: '{"a": "b' })],
    ['<tool_call>\n{"name": "now", "arguments": {"a": "b\\', called({ ...NOW, arguments: '{"a": "b\\' })],
    [`<tool_call>{"name": "now", "arguments": {}}\n${HERMES}`, called(NOW, NOW)],
    ['<tool_call>{"name": "now", "arguments": {}}\nHi </tool_call>', { text: 'Hi </tool_call>', calls: [NOW] }],
    ['<tool_call>{"name": "now", "arguments": {}, oops', { text: ', oops', calls: [NOW] }],
    // No JSON inside its brackets: as it was written.
    ['<tool_call>{"name": "now", "arguments": {a: b, \'c\'}}</tool_call>', called({ ...NOW, arguments: "{a: b, 'c'}" })],
    // No calls.
    ['<tool_call>', said('<tool_call>')],
    ['a <tool_cal', said('a <tool_cal')],
    ['a <tool_cal b', said('a <tool_cal b')],
    ['<<tool_call>x', said('<<tool_call>x')],
    [`<tool_call>\n${HERMES}`, { text: '<tool_call>\n', calls: [NOW] }],
    [`<tool_<tool_call>{"name": <tool_call>{"name":"now"}</tool_call>`, { text: '<tool_<tool_call>{"name": ', calls: [NOW] }],
    ['<tool_call>{"name": "unknown", "arguments": {}}</tool_call>', said('<tool_call>{"name": "unknown", "arguments": {}}</tool_call>')],
    ['<tool_call>{"name": "toString"}</tool_call>', said('<tool_call>{"name": "toString"}</tool_call>')],
    ['<tool_call>{"name": "now", "arguments": "{}"}</tool_call>', said('<tool_call>{"name": "now", "arguments": "{}"}</tool_call>')],
    ['<tool_call>{"name": 5}</tool_call>', said('<tool_call>{"name": 5}</tool_call>')],
    ['<tool_call>{"arguments": {"a": {}}}</tool_call>', said('<tool_call>{"arguments": {"a": {}}}</tool_call>')],
    ['<tool_call>{}</tool_call>', said('<tool_call>{}</tool_call>')],
    ['<tool_call>[]</tool_call>', said('<tool_call>[]</tool_call>')],
    ['<tool_call>{"name": "now', said('<tool_call>{"name": "now')],
    ['{"name": "now", "arguments": {}}', said('{"name": "now", "arguments": {}}')],
  ],
  smollm2: [
    ['<tool_call>[\n{"name": "now", "arguments": {}},\n {"name": "get_weather", "arguments": {"city": "A"}}\n]\n</tool_call>', called(NOW, { name: 'get_weather', arguments: '{"city": "A"}' })],
    ['<tool_call> [{"name": "now"}]</tool_call>', called(NOW)],
    [`${LISTED}\n${LISTED}`, called(NOW, NOW)],
    ['<tool_call>[{"name": "now"}, {"name": "what"}]</tool_call>', { text: ', {"name": "what"}]</tool_call>', calls: [NOW] }],
    ['<tool_call>[{"name": "now"}</tool_call>', { text: '</tool_call>', calls: [NOW] }],
    ['<tool_call>[{"name": "now"}', called(NOW)],
    ['<tool_call>[]</tool_call>', said('<tool_call>[]</tool_call>')],
  ],
  llama3_json: [
    ['{"name": "now", "parameters": {}}', called(NOW)],
    ['\n<|python_tag|>{"name": "now", "parameters": {}}', called(NOW)],
    ['{"type": "function", "name": "now", "parameters": {"a": null}}', called({ ...NOW, arguments: '{"a": null}' })],
    ['{"name": "now", "parameters": {}}; {"name": "now", "parameters": {}}', called(NOW, NOW)],
    ['{"name": "now", "parameters": {}}\n{"name": "now", "parameters": {}}', called(NOW, NOW)],
    ['{"name": "now", "parameters": {}}; and {"name": "now"}', { text: '; and {"name": "now"}', calls: [NOW] }],
    ['{"name": "Ann", "parameters": 2}', said('{"name": "Ann", "parameters": 2}')],
    ['{"answer": {"name": "now", "parameters": {}}}', said('{"answer": {"name": "now", "parameters": {}}}')],
    ['Call {"name": "now", "parameters": {}}', said('Call {"name": "now", "parameters": {}}')],
    ['I see. <|python_tag|> {"name": "now", "parameters": {}}', { text: 'I see.', calls: [NOW] }],
    ['<|python_tag|>print(1)', said('<|python_tag|>print(1)')],
  ],
  deepseek: [
    [DEEP, called(NOW)],
    [`Hm.\n${DEEP}\n<｜tool▁calls▁end｜>`, { text: 'Hm.', calls: [NOW] }],
    [`${DEEP}${DEEP.replace('<｜tool▁calls▁begin｜>', '')}<｜tool▁calls▁end｜>`, called(NOW, NOW)],
    ['<｜tool▁calls▁begin｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{"a":1}\n```\n<｜tool▁call▁end｜>', called({ ...NOW, arguments: '{"a":1}' })],
    ['<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>what\n```json\n{}', said('<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>what\n```json\n{}')],
    ['<｜tool▁calls▁begin｜>x', said('<｜tool▁calls▁begin｜>x')],
  ],
}; // prettier-ignore

t.test('what models write besides', async (t) => {
  for (const [family, cases] of Object.entries(CASES)) {
    for (const [text, answer] of cases)
      t.strictSame(whole(family, text), answer, `${family}: ${text}`);
  }
});

t.test('what is certain comes out at once', async (t) => {
  const parser = parserOf('hermes', NAMES);
  t.strictSame(parser.push('Well'), [{ type: 'text', text: 'Well' }]);
  t.strictSame(parser.push(' then '), [{ type: 'text', text: ' then' }]);
  t.strictSame(parser.push('<tool_call>\n{"name": "no'), []);
  t.strictSame(parser.push('w", "arguments": '), []);
  t.strictSame(parser.push('{"a": '), [
    { type: 'call', name: 'now' },
    { type: 'arguments', text: '{"a": ' },
  ]);
  t.strictSame(parser.push('"x"'), [{ type: 'arguments', text: '"x"' }]);
  t.strictSame(parser.push('} '), [{ type: 'arguments', text: '}' }]);
  t.strictSame(parser.push('}'), []);
  t.strictSame(parser.push('\n</tool_'), [{ type: 'end', whole: true }]);
  t.strictSame(parser.finish(), [{ type: 'text', text: '\n</tool_' }]);
});

t.test('an answer in JSON comes at once, though calls begin like it', async (t) => {
  const parser = parserOf('llama3_json', NAMES);
  t.strictSame(parser.push('{"answer'), []);
  t.strictSame(parser.push('": {"a'), [{ type: 'text', text: '{"answer": {"a' }]);
});

t.test('a call that the answer ends in is not whole', async (t) => {
  for (const [text, whole] of [
    ['<tool_call>{"name": "now", "arguments": {}}', true],
    ['<tool_call>{"name": "now", "arguments": {} x', true],
    ['<tool_call>{"name": "now", "arguments": {"a', false],
    ['<tool_call>{"name": "now", "arguments": {}', false],
  ] as const) {
    const parser = parserOf('hermes', NAMES);
    const end = [...parser.push(text), ...parser.finish()].find(({ type }) => type === 'end');
    t.strictSame(end, { type: 'end', whole }, text);
  }
});

/** Pieces that answers of all families are made of, whole and broken. */
const PIECES = [
  ...FAMILY_NAMES.flatMap((name) => {
    const { format } = familyNamed(name);
    const { begin, end, before, after, between, mark } = format;
    return [spellCalls(format, [CALL]), spellCalls(format, [NOW, CALL]), begin, end, before, after, between, mark ?? ''];
  }),
  ...['<', '{', '}', '[', ']', '"', '\\', ',', ':', ';', '```', 'json', ' ', '\n', '"name"', '"arguments"'],
  ...['now', 'get_weather', 'words', '🌦', 'é', 'null', '1.5', '{"name": "now", "arguments": {"a": "🌦'],
]; // prettier-ignore

t.test('the pieces joined are the whole, however a text is cut', async (t) => {
  const random = randomSource(11);
  const pick = (below: number): number => Math.floor(random() * below);
  let calls = 0;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + pick(8) }, () => PIECES[pick(PIECES.length)]!).join('');
    const family = FAMILY_NAMES[pick(FAMILY_NAMES.length)]!;
    const parallel = pick(4) > 0;
    const want = whole(family, text, parallel);
    const pieces: string[] = [];
    for (let at = 0; at < text.length;) {
      const length = pick(3) === 0 ? 1 : 1 + pick(12);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    const got = parsed(parserOf(family, NAMES, parallel), pieces);
    calls += got.calls.length;
    if (JSON.stringify(got) !== JSON.stringify(want)) {
      t.strictSame(got, want, `${family}: ${JSON.stringify(pieces)}`);
      return;
    }
  }
  t.ok(calls > 4000, `${calls} calls`);
});

t.test('no text is lost where there is no call', async (t) => {
  const random = randomSource(12);
  const pick = (below: number): number => Math.floor(random() * below);
  for (let round = 0; round < 5000; round++) {
    const text = Array.from({ length: 1 + pick(8) }, () => PIECES[pick(PIECES.length)]!).join('');
    for (const family of FAMILY_NAMES) {
      const { text: got, calls } = parsed(parserOf(family, ['other']), [text]);
      if (got !== text || calls.length > 0) {
        t.equal(got, text, family);
        return;
      }
    }
  }
  t.pass();
});

t.test('work is linear in the text, whatever it holds', async (t) => {
  const times = (count: number, unit: string): number => {
    const text = unit.repeat(count);
    const started = process.cpuUsage();
    for (const family of FAMILY_NAMES) parsed(parserOf(family, NAMES), [text]);
    const { user, system } = process.cpuUsage(started);
    return user + system;
  };
  for (const unit of ['<tool_call>', '<tool_call>{"x": {"a": "', '{"name": "now", ', ' ', '<|python_tag|>{"a": [']) {
    times(2000, unit);
    const [short, long] = [times(4000, unit), times(32_000, unit)];
    t.ok(long < 40 * short + 50_000, `${unit}: ${short} µs, ${long} µs for eight times as much`);
  }
}); // prettier-ignore

t.test('an opening is found by its first unit', async (t) => {
  for (const name of FAMILY_NAMES) {
    const { text, bare } = openingOf(familyNamed(name).format);
    t.not(text, '', name);
    t.equal(text.lastIndexOf(text[0]!), 0, name);
    t.equal(bare, name === 'llama3_json');
  }
});
