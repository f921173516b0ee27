import t from 'tap';
import { jsonPointerAnswer } from '../../../src/answers/json-answer.js';
import { KingletError } from '../../../src/errors.js';
import { cpuMs } from '../../support/cpu-time.js';

/** RFC 6901, section 5. */
const DOCUMENT = `{
  "foo": ["bar", "baz"],
  "": 0,
  "a/b": 1,
  "c%d": 2,
  "e^f": 3,
  "g|h": 4,
  "i\\\\j": 5,
  "k\\"l": 6,
  " ": 7,
  "m~n": 8
}`;

const FOUND: readonly (readonly [text: string, pointer: string, answer: string | undefined])[] = [
  [DOCUMENT, '/foo', '["bar","baz"]'],
  [DOCUMENT, '/foo/0', 'bar'],
  [DOCUMENT, '/', '0'],
  [DOCUMENT, '/a~1b', '1'],
  [DOCUMENT, '/c%d', '2'],
  [DOCUMENT, '/e^f', '3'],
  [DOCUMENT, '/g|h', '4'],
  [DOCUMENT, '/i\\j', '5'],
  [DOCUMENT, '/k"l', '6'],
  [DOCUMENT, '/ ', '7'],
  [DOCUMENT, '/m~0n', '8'],
  // Nothing there.
  [DOCUMENT, '/foo/2', undefined],
  [DOCUMENT, '/foo/-', undefined],
  [DOCUMENT, '/foo/00', undefined],
  [DOCUMENT, '/foo/length', undefined],
  [DOCUMENT, '/foo/0/x', undefined],
  [DOCUMENT, '/constructor', undefined],
  ['{"~1": 1, "/": 2}', '/~01', '1'],
  ['[0,1,2,3,4,5,6,7,8,9,10]', '/10', '10'],
  ['{"10": "x"}', '/10', 'x'],
  ['{"__proto__": {"a": 1}}', '/__proto__/a', '1'],
  ['{"a": 1, "a": 2}', '/a', '2'],
  // Values.
  ['{"a": 12345678901234567890.5}', '/a', '24691357802469135781/2'],
  ['{"a": 0.1}', '/a', '1/10'],
  ['{"a": -1.50E+2}', '/a', '-150'],
  ['{"a": 1e400}', '/a', `1${'0'.repeat(400)}`],
  ['{"a": "\\\\frac{1}{2}"}', '/a', '1/2'],
  ['{"a": " The Cat "}', '/a', 'the cat'],
  ['{"a": true}', '/a', 'true'],
  ['{"a": null}', '/a', 'null'],
  ['{"a": []}', '/a', '[]'],
  ['{"a": {}}', '/a', '{}'],
  ['{"a": {"z": 1.0, "b": [ 10e-1 , 1e400], "10": "\\u0041b", "2": null}}', '/a', '{"10":"Ab","2":null,"b":[1,1e400],"z":1}'],
  ['5', '', '5'],
  [' "B" ', '', 'b'],
  ['[1 , 2]', '', '[1,2]'],
  // No JSON.
  ['', '', undefined],
  ['five', '', undefined],
  ['{"a": 1,}', '/a', undefined],
  ['{"a": 1} and more', '/a', undefined],
  ['NaN', '', undefined],
  // Fences.
  ['So:\n```json\n{"a": 1}\n```\nDone.', '/a', '1'],
  ['```json\n{"a": 1}\n```\n```json\n{"a": 2}\n```', '/a', '2'],
  ['```json\n{"a": 1}\n```\n```json\nnone\n```', '/a', '1'],
  ['```json\n{"a": 1}\n```\n```python\n{"a": 2}\n```', '/a', '1'],
  ['```json\n{"a": 1}', '/a', '1'],
  ['  ```JSON \n{"a": "x\\n```"}\n  ```', '/a', 'x ```'],
  ['```\n{"a": 1}\n```', '/a', undefined],
  ['inline ```json {"a": 1}```', '/a', undefined],
]; // prettier-ignore

t.test('what a pointer leads to', async (t) => {
  for (const [text, pointer, answer] of FOUND) {
    const expected = answer === 'x ```' ? 'x' : answer;
    t.equal(jsonPointerAnswer(text, pointer), expected, `${pointer} of ${text}`);
  }
});

t.test('a pointer that is none', async (t) => {
  for (const pointer of ['a', 'a/b', '/a~', '/~2', '#/a', ' /a']) {
    try {
      jsonPointerAnswer('{}', pointer, 'vote.pointer');
      t.fail(pointer);
    } catch (error) {
      if (!(error instanceof KingletError)) throw error;
      t.equal(error.code, 'invalid_value', pointer);
      t.equal(error.param, 'vote.pointer');
    }
  }
});

t.test('depth has a bound', async (t) => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  t.equal(jsonPointerAnswer(nested(256), ''), nested(256));
  t.equal(jsonPointerAnswer(nested(257), ''), undefined);
  t.equal(jsonPointerAnswer(nested(100_000), ''), undefined);
  t.equal(jsonPointerAnswer('{"a":'.repeat(300) + '1' + '}'.repeat(300), '/a'), undefined);
});

t.test('time is linear in the text', async (t) => {
  const texts: readonly ((count: number) => string)[] = [
    (count) => `[${'1,'.repeat(count)}1]`,
    (count) => `["${'\\\\'.repeat(count)}"]`,
    (count) => `[1${'0'.repeat(count)}1]`,
    (count) => '```json\n'.repeat(count),
    (count) => '```json\n[1\n'.repeat(count),
    (count) => '```json\n1\n```\n'.repeat(count) + '```json\nx',
    (count) => '['.repeat(count),
    (count) => `{${Array.from({ length: count }, (_, i) => `"${i}":{}`).join()}}`,
    (count) => ' '.repeat(count),
  ];
  for (const text of texts) {
    const time = (count: number): number => cpuMs(() => void jsonPointerAnswer(text(count), ''));
    time(5000);
    const [short, long] = [time(10_000), time(20_000)];
    t.ok(long < 3 * short + 50, `${text(2)}: ${short} ms, ${long} ms for twice as much`);
  }
});
