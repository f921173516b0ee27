import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { SequenceText } from '../../../../src/engine/text/sequence-text.js';
import type { ReasoningTags } from '../../../../src/engine/types.js';
import { makeTokenTable } from '../../../support/token-table.js';
import type { TokenTable } from '../../../../src/tokenizer/tokenizer.js';
import { randomSource } from '../../../support/random.js';

const THINK: ReasoningTags = { start: '<think>', end: '</think>', open: false };
const OPEN: ReasoningTags = { ...THINK, open: true };

/** A table made of the pieces themselves; pieces between ⟦ and ⟧ are special tokens. */
function tokensOf(pieces: readonly (string | Uint8Array)[]): { table: TokenTable; ids: number[] } {
  const special: number[] = [];
  const bytes = pieces.map((piece, id) => {
    if (typeof piece !== 'string') return piece;
    if (!piece.startsWith('⟦')) return Buffer.from(piece);
    special.push(id);
    return Buffer.from(piece.slice(1, -1));
  });
  const table = makeTokenTable(bytes.length, (id) => bytes[id]!, special);
  return { table, ids: bytes.map((_, id) => id) };
}

interface Outcome {
  text: string;
  reasoning: string;
  stopMatched: string | null;
}

interface Run extends Outcome {
  /** Text and thought after each token. */
  steps: { text: string; reasoning: string; part: 'answer' | 'reasoning' }[];
  reasoningTokens: number;
}

function run(
  pieces: readonly (string | Uint8Array)[],
  reasoning: ReasoningTags | null,
  stop: readonly string[] = [],
  minTokens = 0,
): Run {
  const { table, ids } = tokensOf(pieces);
  const sequence = new SequenceText({ table, reasoning, stop, minTokens });
  const out: Run = { text: '', reasoning: '', stopMatched: null, steps: [], reasoningTokens: 0 };
  for (const id of ids) {
    const { text, reasoning, stopMatched } = sequence.accept(id);
    out.text += text;
    out.reasoning += reasoning;
    out.steps.push({ text: out.text, reasoning: out.reasoning, part: sequence.part });
    out.stopMatched = stopMatched;
    if (stopMatched !== null) break;
  }
  const last = sequence.finish();
  out.text += last.text;
  out.reasoning += last.reasoning;
  out.stopMatched = last.stopMatched;
  out.reasoningTokens = sequence.reasoningTokens;
  return out;
}

/** What the whole text means, worked out without any state. */
function reference(
  text: string,
  reasoning: ReasoningTags | null,
  stop: readonly string[],
): Outcome {
  const trim = (s: string): string => s.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, '');
  let thought = '';
  let answer = text;
  if (reasoning !== null) {
    const lead = /^[ \t\n\r]*/.exec(text)![0].length;
    const opened = text.startsWith(reasoning.start, lead);
    if (reasoning.open || opened) {
      const rest = reasoning.open ? text : text.slice(lead + reasoning.start.length);
      const end = rest.indexOf(reasoning.end);
      if (end < 0) return { text: '', reasoning: trim(rest), stopMatched: null };
      thought = trim(rest.slice(0, end));
      answer = rest.slice(end + reasoning.end.length).replace(/^[ \t\n\r]+/, '');
    }
  }
  let best: { begin: number; end: number; stop: string } | null = null;
  for (const s of stop) {
    const begin = answer.indexOf(s);
    if (begin < 0) continue;
    const end = begin + s.length;
    if (best === null || end < best.end || (end === best.end && begin < best.begin)) {
      best = { begin, end, stop: s };
    }
  }
  if (best === null) return { text: answer, reasoning: thought, stopMatched: null };
  return { text: answer.slice(0, best.begin), reasoning: thought, stopMatched: best.stop };
}

function cut(text: string, random: () => number): Uint8Array[] {
  const bytes = Buffer.from(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + Math.floor(random() * random() * 12);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

t.test('any cut into tokens gives what the whole text means', async (t) => {
  const random = randomSource(7);
  const words = [
    ...['<think>', '</think>', '<think', '</', '<', 'think>', '\n', ' ', '\n\n', 'a', 'b', 'ab'],
    ...['aab', 'é', '🙂', '漢', '🙃', 'Question:', 'Quest', '</s>', '\ufeff'],
  ];
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const seen = { thought: 0, stopped: 0, both: 0 };
  for (let round = 0; round < 6000; round++) {
    let text = random() < 0.4 ? pick(['<think>', '\n<think>\n', ' \n', '<think']) : '';
    for (let i = Math.floor(random() * 14); i > 0; i--) text += pick(words);
    const reasoning = pick(['none', 'lead', 'open']);
    const tags = reasoning === 'none' ? null : reasoning === 'open' ? OPEN : THINK;
    const stop: string[] = [];
    for (let i = Math.floor(random() * 4); i > 0; i--) {
      const at = Math.floor(random() * text.length);
      const inside = text.slice(at, at + 1 + Math.floor(random() * 5));
      const usable = inside !== '' && !/\p{Surrogate}/u.test(inside);
      stop.push(usable && random() < 0.6 ? inside : pick(words) + pick(words));
    }
    const expected = reference(text, tags, stop);
    const pieces = cut(text, random);
    const actual = run(pieces, tags, stop);
    const { text: answer, reasoning: thought, stopMatched } = actual;
    const outcome = { text: answer, reasoning: thought, stopMatched };
    if (!isDeepStrictEqual(outcome, expected)) {
      const lengths = pieces.map((p) => p.length);
      t.same(outcome, expected, JSON.stringify({ text, reasoning, stop, lengths }));
    }
    for (const step of actual.steps) {
      // What was delivered is never taken back.
      if (!expected.text.startsWith(step.text) || !expected.reasoning.startsWith(step.reasoning)) {
        t.fail(`delivered too early: ${JSON.stringify({ step, text, stop })}`);
      }
    }
    if (expected.reasoning !== '') seen.thought++;
    if (expected.stopMatched !== null) seen.stopped++;
    if (expected.reasoning !== '' && expected.stopMatched !== null) seen.both++;
  }
  t.ok(seen.thought > 500 && seen.stopped > 500 && seen.both > 50, JSON.stringify(seen));
});

t.test('text comes as soon as it is certain', async (t) => {
  t.same(
    run(['Hel', 'lo', ' wor', 'ld'], null).steps.map((s) => s.text),
    ['Hel', 'Hello', 'Hello wor', 'Hello world'],
  );
  const held = run(['x Que', 's', 'tions', ' Question: 2'], null, ['Question:']);
  t.same(
    held.steps.map((s) => s.text),
    ['x ', 'x ', 'x Questions', 'x Questions '],
  );
  t.equal(held.stopMatched, 'Question:');
  t.same(run(['<', 'think', '>', '\n', 'hm', '\n', '</th', 'ink>', '\n\n', '4'], THINK).steps, [
    { text: '', reasoning: '', part: 'answer' },
    { text: '', reasoning: '', part: 'answer' },
    { text: '', reasoning: '', part: 'reasoning' },
    { text: '', reasoning: '', part: 'reasoning' },
    { text: '', reasoning: 'hm', part: 'reasoning' },
    { text: '', reasoning: 'hm', part: 'reasoning' },
    { text: '', reasoning: 'hm', part: 'reasoning' },
    { text: '', reasoning: 'hm', part: 'reasoning' },
    { text: '', reasoning: 'hm', part: 'reasoning' },
    { text: '4', reasoning: 'hm', part: 'answer' },
  ]);
});

t.test('reasoning tokens', async (t) => {
  t.equal(run(['<', 'think', '>', 'a', '</think>', '\n', 'b', 'c'], THINK).reasoningTokens, 6);
  t.equal(run(['a', '</think>', 'b'], OPEN).reasoningTokens, 2);
  t.equal(run(['a', 'b', 'c'], OPEN).reasoningTokens, 3);
  t.equal(run([' ', '<thin', 'g>'], THINK).reasoningTokens, 0);
  t.equal(run(['<think>'], null).reasoningTokens, 0);
});

t.test('what is held back comes out at the end', async (t) => {
  t.equal(run(['a Quest'], null, ['Question:']).text, 'a Quest');
  t.equal(run(['<thin'], THINK).text, '<thin');
  t.equal(run([' \n'], THINK).text, ' \n');
  t.equal(run(['a </thi'], OPEN).reasoning, 'a </thi');
  t.equal(run(['a', Buffer.from('🙂').subarray(0, 2)], null).text, 'a\ufffd');
  const blank = run(['\n'], THINK, ['\n']);
  t.same([blank.text, blank.stopMatched], ['', '\n'], 'a stop string in what was held');
});

t.test('a stop string inside the thought stops nothing', async (t) => {
  const out = run(['<think>', 'Question: \n\n', '</think>', '\n\n', 'so', ' Question:'], THINK, [
    'Question:',
    '\n\n',
  ]);
  t.equal(out.reasoning, 'Question:');
  t.equal(out.text, 'so ');
  t.equal(out.stopMatched, 'Question:');
  t.equal(run(['Question: </thi', 'nk>x'], OPEN, ['Question:', 'Question: </think>']).text, 'x');
});

t.test('the stop string completed first wins, the longest where several are', async (t) => {
  t.same(run(['xabcd'], null, ['abcd', 'bc']).text, 'xa');
  t.same(run(['xabcd'], null, ['abcd', 'bc']).stopMatched, 'bc');
  t.same(run(['xabc'], null, ['bc', 'abc', 'c']).stopMatched, 'abc');
  t.same(run(['aa', 'ab'], null, ['aab']).text, 'a', 'a beginning inside a beginning');
  t.same(run(['ab', 'ac', 'abab', 'x'], null, ['ababx']).text, 'abac');
  t.same(
    run(['🙂'], null, ['\ud83d', '', '\ude42']).text,
    '🙂',
    'half a character matches nothing',
  );
});

t.test('special tokens: not text, but tags and stop strings may be', async (t) => {
  t.equal(run(['a', '⟦<|im_end|>⟧', 'b'], null).text, 'ab');
  const stopped = run(['a', '⟦<|im_end|>⟧', 'b'], null, ['<|im_end|>']);
  t.same([stopped.text, stopped.stopMatched], ['a', '<|im_end|>']);
  const spelled = run(['a<|im', '_end|>', 'b'], null, ['<|im_end|>']);
  t.same([spelled.text, spelled.stopMatched], ['a', '<|im_end|>']);
  const mixed = run(['a.', '⟦<|eot|>⟧'], null, ['.<|eot|>']);
  t.same([mixed.text, mixed.stopMatched], ['a', '.<|eot|>']);
  const tags = run(['⟦<think>⟧', 'a', '⟦<|x|>⟧', 'b', '⟦</think>⟧', '\n', 'c'], THINK);
  t.same([tags.reasoning, tags.text], ['ab', 'c']);
  t.equal(run(['⟦<|start|>⟧', '<think>', 'a', '</think>', 'b'], THINK).reasoning, 'a');
  t.equal(run([Buffer.from('é').subarray(0, 1), '⟦<|x|>⟧', 'b'], null).text, '\ufffdb');
  const mark = run(['a', '⟦\ufeff<|x|>⟧', 'b'], null, ['\ufeff<']);
  t.same([mark.text, mark.stopMatched], ['a', '\ufeff<']);
});

t.test('special tokens that are to be shown are text', async (t) => {
  const pieces = ['a', '⟦<|call|>⟧', '⟦<|x|>⟧', '{}', '⟦<think>⟧'];
  const { table, ids } = tokensOf(pieces);
  const of = (reasoning: ReasoningTags | null, order: readonly number[]) => {
    const sequence = new SequenceText({ table, reasoning, stop: [], shown: [1] });
    const deltas = order.map((id) => sequence.accept(ids[id]!));
    return [...deltas, sequence.finish()].map(({ text }) => text);
  };
  t.same(of(null, [0, 1, 2, 3]), ['a', '<|call|>', '', '{}', '']);
  t.same(of(THINK, [2, 1, 3]), ['', '<|call|>', '{}', ''], 'it begins an answer');
  t.same(of(THINK, [4, 0, 1]), ['', '', '', ''], 'inside a thought it is thought');
});

t.test('minTokens: the first tokens are not searched for stop strings', async (t) => {
  t.same(run(['a.', 'b.', 'c.'], null, ['.'], 1).text, 'a.b');
  t.same(run(['a.', 'b.'], null, ['.'], 5).text, 'a.b.');
});

t.test('ids beyond the table stand for nothing', async (t) => {
  const { table } = tokensOf(['a']);
  const sequence = new SequenceText({ table, reasoning: null, stop: [] });
  t.equal(sequence.accept(1).text, '');
  t.equal(sequence.accept(1000).text, '');
  t.equal(sequence.accept(0).text, 'a');
});
