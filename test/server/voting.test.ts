/** Votes among the samples of an answer. */
import t, { type Test } from 'tap';
import { BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import {
  MODEL,
  sseEvents,
  testServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into freely
type Answer = Record<string, any>;

/** Of several letters each may come first, which the seed decides; then the answer says which it was. */
function voters(answers: readonly string[]): NonNullable<TestServerOptions['fake']> {
  const mark = 'assistant\n';
  return {
    next: ({ tokens }) => {
      const text = Buffer.from(tokens.filter((token) => token < 256)).toString();
      const said = text.slice(text.lastIndexOf(mark) + mark.length);
      if (said === '') return answers.map((_, i) => 'a'.charCodeAt(0) + i);
      const answer = answers[said.charCodeAt(0) - 'a'.charCodeAt(0)] ?? '';
      const next = Buffer.from(answer)[said.length - 1];
      return [next ?? 258];
    },
  };
}

const ANSWERS = [
  ' long way to \\boxed{4}',
  ' \\boxed{4.0}',
  ' or \\boxed{\\frac{8}{2}}, a very long text that comes after it and says nothing',
  ' \\boxed{5}',
  ' nothing',
];

function start(t: Test, options: TestServerOptions = {}) {
  return testServer(t, { fake: voters(ANSWERS), ...options });
}

async function chat(server: TestServer, body: Answer) {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    payload: {
      model: MODEL,
      messages: [{ role: 'user', content: 'What is 2 + 2?' }],
      temperature: 1,
      ...body,
    },
  });
  return { status: response.statusCode, text: response.body, body: response };
}

const asked = (n: number, seed: number, vote: Answer = {}) => ({
  n,
  seed,
  vote: { answer: 'boxed', ...vote },
});

/** What each sample says without a vote. */
async function samples(server: TestServer, n: number, seed: number): Promise<string[]> {
  const { body } = await chat(server, { n, seed });
  const { choices } = body.json<Answer>();
  return (choices as Answer[]).map(({ message }) => (message as Answer)['content'] as string);
}

const valueOf = (text: string): string | null =>
  text.includes('{5}') ? '5' : text.includes('boxed') ? '4' : null;

/** The vote by its definition, over all samples. */
function expected(texts: readonly string[]) {
  const n = texts.length;
  const votes = new Map<string, number[]>();
  let counted = 0;
  const ranked = () => [...votes].sort(([, a], [, b]) => b.length - a.length || a[0]! - b[0]!);
  for (const [i, text] of texts.entries()) {
    const value = valueOf(text);
    if (value !== null) votes.set(value, [...(votes.get(value) ?? []), i]);
    counted = i + 1;
    const [first, ...others] = ranked();
    if (first === undefined) continue;
    const remaining = n - counted;
    const safe =
      remaining <= first[1].length &&
      others.every(
        ([, each]) =>
          each.length + remaining < first[1].length ||
          (each.length + remaining === first[1].length && each[0]! > first[1][0]!),
      );
    if (safe) break;
  }
  const [first] = ranked();
  return {
    winner: first?.[1][0] ?? 0,
    vote: {
      answer: first?.[0] ?? null,
      votes: first?.[1].length ?? 0,
      samples: counted,
      cancelled: n - counted,
      counts: ranked().map(([answer, indices]) => ({
        ...{ answer, votes: indices.length, samples: indices },
      })),
    },
  };
}

t.test('the majority answers, the same alone and under load', async (t) => {
  const server = await start(t);
  let cancelled = 0;
  for (let seed = 0; seed < 12; seed++) {
    const texts = await samples(server, 9, seed);
    const { winner, vote } = expected(texts);
    const answers = await Promise.all([
      chat(server, asked(9, seed)),
      ...Array.from({ length: 3 }, (_, i) => chat(server, asked(5, 100 + i))),
      chat(server, asked(9, seed)),
    ]);
    for (const { body } of [answers[0], answers.at(-1)!]) {
      const answer = body.json<Answer>();
      t.equal(answer['choices'].length, 1);
      t.equal(answer['choices'][0].message.content, texts[winner], `seed ${seed}`);
      t.match(answer['vote'], vote);
      t.equal(answer['vote'].agreement, vote.votes / vote.samples);
      t.type(answer['vote'].tokens_saved, 'number');
      cancelled += answer['vote'].cancelled as number;
    }
  }
  t.ok(cancelled > 20, `${cancelled} samples were not needed`);
});

t.test('all samples count where min_samples says so', async (t) => {
  const server = await start(t);
  const { body } = await chat(server, asked(6, 3, { min_samples: 6 }));
  t.match(body.json<Answer>()['vote'], { samples: 6, cancelled: 0 });
});

t.test('confidence ends a vote sooner', async (t) => {
  const server = await start(t, { fake: voters([' \\boxed{7}', ' \\boxed{7}.']) });
  const { body } = await chat(server, asked(16, 1, { confidence: 0.95 }));
  t.match(body.json<Answer>()['vote'], { answer: '7', samples: 4, votes: 4, cancelled: 12 });
  const certain = await chat(server, asked(16, 1));
  t.match(certain.body.json<Answer>()['vote'], { samples: 8, cancelled: 8 });
});

t.test('answers by a regular expression and by a JSON pointer', async (t) => {
  const regex = await start(t, { fake: voters([' It is 12 now.', ' So 12.0!', ' x 9 y']) });
  const { body } = await chat(regex, asked(7, 2, { answer: { regex: '(\\d[\\d.]*\\d|\\d)' } }));
  t.match(body.json<Answer>()['vote'].answer, /^(12|9)$/);
  const json = await start(t, {
    fake: voters(['{"a": {"b": [1, "x"]}}', '{"a": {"b": [2, "x"]}}'].map((each) => ` ${each}`)),
  });
  const pointed = await chat(json, asked(5, 2, { answer: { json_pointer: '/a/b/1' } }));
  t.equal(pointed.status, 200);
});

t.test('nobody votes', async (t) => {
  const server = await start(t, { fake: voters([' no', ' not']) });
  const { body } = await chat(server, asked(4, 1));
  t.match(body.json<Answer>(), {
    vote: { answer: null, votes: 0, samples: 4, agreement: 0, counts: [], abstained: 4 },
    choices: [{ index: 0 }],
  });
});

t.test('a stream tells how the vote stands, then the winner', async (t) => {
  const server = await start(t);
  const whole = (await chat(server, asked(9, 5))).body.json<Answer>();
  const { text } = await chat(server, {
    ...asked(9, 5),
    ...{ stream: true, stream_options: { include_usage: true } },
  });
  const chunks = sseEvents(text).filter((each): each is Answer => each !== '[DONE]');
  const votes = chunks.filter((chunk) => 'vote' in chunk);
  t.strictSame(
    votes.slice(0, -1).map((chunk) => chunk['vote'].samples as number),
    Array.from({ length: whole['vote'].samples as number }, (_, i) => i + 1),
  );
  t.match(votes.at(-1)!['vote'], { answer: whole['vote'].answer, samples: whole['vote'].samples });
  const content = chunks
    .flatMap((chunk) => chunk['choices'] as Answer[])
    .map((choice) => choice['delta'].content ?? '')
    .join('');
  t.equal(content, whole['choices'][0].message.content);
  t.ok(chunks.at(-1)!['usage'].completion_tokens >= content.length);
});

t.test('what cannot be voted over is a 400', async (t) => {
  const server = await start(t);
  for (const [body, param] of [
    [{ vote: { answer: 'boxed' } }, 'vote'],
    [{ n: 3, vote: {} }, 'vote.answer'],
    [{ n: 3, vote: { answer: 'last' } }, 'vote.answer'],
    [{ n: 3, vote: { answer: { regex: '(' } } }, 'vote.answer.regex'],
    [{ n: 3, vote: { answer: { regex: '(a)\\1' } } }, 'vote.answer.regex'],
    [{ n: 3, vote: { answer: { regex: '' } } }, 'vote.answer'],
    [{ n: 3, vote: { answer: 'boxed', min_samples: 4 } }, 'vote.min_samples'],
    [{ n: 3, vote: { answer: 'boxed', min_samples: 0 } }, 'vote.min_samples'],
    [{ n: 3, vote: { answer: 'boxed', confidence: 1 } }, 'vote.confidence'],
    [{ n: 3, vote: { answer: 'boxed', weights: [] } }, 'vote.weights'],
  ] as const) {
    const { status, body: response } = await chat(server, body);
    const { error } = response.json<Answer>();
    t.equal(status, 400, JSON.stringify(body));
    t.match(error?.param, param, error?.message as string);
  }
});

t.test('a regular expression takes linear time', async (t) => {
  const server = await start(t, {
    fake: voters([`${' '}${'a'.repeat(400)}`]),
    tokenizer: byteTokenizer(BYTE_THINKING_TEMPLATE),
  });
  const { status } = await chat(server, {
    ...asked(2, 1, { answer: { regex: '(a*)*(a*)*(a*)*b' } }),
  });
  t.equal(status, 200);
});
