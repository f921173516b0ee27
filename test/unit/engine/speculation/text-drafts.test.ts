/** What the texts of a request say may come next. */
import t from 'tap';
import { RequestState } from '../../../../src/engine/request-state.js';
import { sequencesOf, type Sequence } from '../../../../src/engine/sequence.js';
import { TextDrafts } from '../../../../src/engine/speculation/text-drafts.js';
import { TextIndex } from '../../../../src/engine/speculation/text-index.js';
import { engineOptions, generation } from '../../../support/engine.js';
import { randomSource } from '../../../support/random.js';

const codes = (text: string): number[] => [...Buffer.from(text)];

function sequences(prompt: string | Int32Array, n = 1): Sequence[] {
  const request = generation({ prompt, n, maxTokens: 10_000 });
  const state = new RequestState(0, request, { serial: 1, submittedAt: 0 });
  return [...sequencesOf(state, engineOptions())];
}

function say(sequence: Sequence, text: string): void {
  for (const token of codes(text)) sequence.append(token);
}

/** The drafted text, and how many tokens agree before it. */
function drafted(drafts: TextDrafts, sequence: Sequence, most = 8): [string, number] | null {
  const draft = drafts.draft(sequence, most);
  return draft === null ? null : [Buffer.from(draft.tokens).toString(), draft.matched];
}

t.test('goes on as the prompt does', (t) => {
  const [sequence] = sequences('one two three four. Again:') as [Sequence];
  const drafts = new TextDrafts();
  t.equal(drafted(drafts, sequence), null, 'nothing like its end stands before');
  say(sequence, ' t');
  t.same(drafted(drafts, sequence), ['hree fou', 2], 'the newest place');
  say(sequence, 'w');
  t.same(drafted(drafts, sequence), ['o three ', 3]);
  t.same(drafted(drafts, sequence, 1), ['o', 3]);
  say(sequence, 'x');
  t.equal(drafted(drafts, sequence), null);
  t.end();
});

t.test('the longest match is taken, not the newest', (t) => {
  const [sequence] = sequences('a big red fox. one red hen. ') as [Sequence];
  const drafts = new TextDrafts();
  say(sequence, 'big red ');
  t.same(drafted(drafts, sequence, 3), ['fox', 9]);
  t.end();
});

t.test('what repeats itself goes on beyond its end', (t) => {
  const [sequence] = sequences('x') as [Sequence];
  const drafts = new TextDrafts();
  say(sequence, 'abcabc');
  t.same(drafted(drafts, sequence), ['abcabcab', 3]);
  say(sequence, 'abc'.repeat(20));
  t.same(drafted(drafts, sequence), ['abcabcab', 32], 'no more than 32 are compared');
  t.end();
});

t.test('other choices of the request say what may come, as far as they have come', (t) => {
  const [first, second] = sequences('tell: ', 2) as [Sequence, Sequence];
  const [stranger] = sequences('tell: ') as [Sequence];
  const drafts = new TextDrafts();
  say(first, 'once upon a time');
  drafts.draft(first, 1);
  t.same(drafted(drafts, second, 20), ['once upon a time', 6], 'from the beginning');
  say(second, 'on');
  t.same(drafted(drafts, second, 20), ['ce upon a time', 8]);
  say(stranger, 'on');
  t.equal(drafted(drafts, stranger), null, 'another request knows nothing of it');
  t.end();
});

t.test('a long prompt is taken in piece by piece', (t) => {
  const random = randomSource(1);
  const ids = Int32Array.from({ length: 7000 }, () => Math.floor(random() * 200_000));
  const [sequence] = sequences(ids) as [Sequence];
  const drafts = new TextDrafts();
  for (const id of ids.slice(6500, 6510)) sequence.append(id);
  const found = Array.from({ length: 5 }, () => drafts.draft(sequence, 4));
  t.same(
    found.map((draft) => draft?.tokens ?? null),
    [null, null, null, [...ids.slice(6510, 6514)], [...ids.slice(6510, 6514)]],
  );
  t.equal(found.at(-1)?.matched, 10);
  t.end();
});

t.test('texts of one token', (t) => {
  const [sequence] = sequences('x') as [Sequence];
  const drafts = new TextDrafts();
  t.equal(drafts.draft(sequence, 4), null);
  say(sequence, 'x');
  t.equal(drafts.draft(sequence, 4), null);
  say(sequence, 'x');
  t.same(drafted(drafts, sequence, 4), ['xxxx', 2]);
  t.end();
});

t.test('an index of pairs against a plain list', (t) => {
  const random = randomSource(6);
  const below = (n: number): number => Math.floor(random() * n);
  const index = new TextIndex();
  const list: { pair: string; owner: number; position: number }[] = [];
  for (let i = 0; i < 5000; i++) {
    const [first, second] = [below(60), below(60)];
    const place = { owner: below(3) - 1, position: i };
    index.add(first, second, place);
    list.unshift({ pair: `${first} ${second}`, ...place });
    if (i % 50 > 0) continue;
    const [a, b] = [below(60), below(60)];
    const want = list.filter(({ pair }) => pair === `${a} ${b}`).map(({ position }) => position);
    const got = [...index.find(a, b, Infinity)].map(({ position }) => position);
    // Others may be among them, whose hashes are the same.
    t.same(
      got.filter((position) => want.includes(position)),
      want,
      'all of them, the newest first',
    );
    t.ok([...index.find(a, b, 2)].length <= 2);
  }
  t.end();
});
