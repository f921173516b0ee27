import t from 'tap';
import { listElements, objectMembers } from '../../../src/server/json/slices.js';
import { randomSource } from '../../support/random.js';

t.test('elements of a list, as they were written', async (t) => {
  t.strictSame(listElements('[]'), []);
  t.strictSame(listElements(' [ \n ] '), []);
  t.strictSame(listElements('[1.0, "a,]b\\"", [1,[2]] ,{"x":[",", {}]}\n]'), [
    '1.0',
    '"a,]b\\""',
    '[1,[2]]',
    '{"x":[",", {}]}',
  ]);
});

t.test('members of an object, as they were written', async (t) => {
  t.strictSame(objectMembers('{}'), new Map());
  t.strictSame(
    objectMembers('{"b": 1.0, "a:,": {"b": "}"}, "__proto__":[ ], "\\u0061": "x\\\\", "b" : 2}'),
    new Map([
      ['a:,', '{"b": "}"}'],
      ['__proto__', '[ ]'],
      ['a', '"x\\\\"'],
      ['b', '2'],
    ]),
  );
});

t.test('random values, in random spacing', async (t) => {
  const random = randomSource(5);
  const pick = (below: number): number => Math.floor(random() * below);
  const strings = ['', 'a', '"', '\\', '{', '}]', ',', ':', '\n', 'é🌦', '\\"'];
  const space = () => ['', ' ', '\n\t'][pick(3)]!;
  const write = (depth: number): string => {
    const kind = depth > 3 ? pick(3) : pick(5);
    if (kind === 0) return JSON.stringify(strings[pick(strings.length)]);
    if (kind === 1) return ['null', 'true', '-1.50e3'][pick(3)]!;
    if (kind === 2) return String(pick(100));
    const parts = Array.from({ length: pick(4) }, (_, i) => {
      const name = kind === 3 ? '' : `${JSON.stringify(`${strings[pick(strings.length)]!}${i}`)}${space()}:`;
      return `${space()}${name}${space()}${write(depth + 1)}${space()}`;
    }); // prettier-ignore
    return kind === 3 ? `[${parts.join(',') || space()}]` : `{${parts.join(',') || space()}}`;
  };
  for (let round = 0; round < 3000; round++) {
    const json = write(0);
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) {
      t.strictSame(listElements(json).map((part) => JSON.parse(part) as unknown), value, json);
    } else if (typeof value === 'object' && value !== null) {
      const members = [...objectMembers(json)].map(([name, part]) => [name, JSON.parse(part) as unknown]);
      t.strictSame(Object.fromEntries(members), value, json);
    }
  }
}); // prettier-ignore
