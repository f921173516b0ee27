/** Budgets, forced ends and steering of thoughts, and texts that are stuck, over HTTP. */
import t, { type Test } from 'tap';
import { BYTE_EOS, BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import {
  answering,
  MODEL,
  sseEvents,
  testServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into freely
type Answer = Record<string, any>;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const THOUGHT = LETTERS.repeat(20);
/** Opens the thought unless it is told not to. */
const SWITCHED = BYTE_THINKING_TEMPLATE.replace('and open_thought', 'and enable_thinking != false');
/** What ends a thought, as the template's tags have it. */
const CLOSING = '\n</think>\n\n';

function start(t: Test, options: TestServerOptions = {}) {
  return testServer(t, {
    tokenizer: byteTokenizer(SWITCHED),
    fake: { next: answering(`<think>\n${THOUGHT}`) },
    contextLength: 1024,
    ...options,
  });
}

async function chat(server: TestServer, body: Answer, headers = {}) {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    headers,
    payload: {
      model: MODEL,
      messages: [{ role: 'user', content: 'Why?' }],
      temperature: 0,
      ...body,
    },
  });
  return { status: response.statusCode, body: response.json<Answer>() };
}

/** The budget that the engine was given by the last request. */
const budgetOf = (server: TestServer) => server.requests.at(-1)?.thought?.budget;

t.test('every name of the budget is one number', async (t) => {
  const server = await start(t, {
    config: { reasoningBudget: 70, maxReasoningBudget: 90, answerTokens: 20 },
  });
  const effort = (share: number) => Math.floor(share * 400);
  for (const [fields, budget] of [
    [{}, 70],
    [{ thinking_token_budget: 5 }, 5],
    [{ reasoning_budget: 6 }, 6],
    [{ thinking_budget_tokens: 7 }, 7],
    [{ chat_template_kwargs: { thinking_budget: 8 } }, 8],
    [{ thinking_token_budget: 9, reasoning_budget: 9 }, 9],
    [{ thinking_token_budget: -1 }, 70],
    [{ thinking_token_budget: 89 }, 89],
    [{ thinking_token_budget: 5000, max_tokens: undefined }, 90],
    [{ reasoning_effort: 'minimal' }, effort(0.1)],
    [{ reasoning_effort: 'low' }, effort(0.2)],
    [{ reasoning_effort: 'high' }, 90],
    [{ reasoning_effort: 'low', thinking_token_budget: effort(0.2) }, effort(0.2)],
    [{ reasoning_effort: 'none' }, 0],
    [{ enable_thinking: false }, 0],
    [{ enable_thinking: true }, 70],
    [{ chat_template_kwargs: { enable_thinking: false } }, 0],
    [{ enable_thinking: false, thinking_token_budget: 0 }, 0],
  ] as const) {
    const { status } = await chat(server, { max_tokens: 400, ...fields });
    t.equal(status, 200, JSON.stringify(fields));
    t.equal(budgetOf(server), budget, JSON.stringify(fields));
  }
  t.match(
    server.log.map(({ msg }) => msg as string).filter((msg) => msg.includes('asks for')),
    [
      "'thinking_token_budget' asks for a thought of 5000 tokens: --max-reasoning-budget is 90",
      "'reasoning_effort' asks for a thought of 320 tokens: --max-reasoning-budget is 90",
    ],
  );
});

t.test('an operator sets the shares of efforts', async (t) => {
  const server = await start(t, {
    config: { effortShares: [{ effort: 'low', share: 0.05 }] },
  });
  await chat(server, { max_tokens: 400, reasoning_effort: 'low' });
  t.equal(budgetOf(server), 20);
  await chat(server, { reasoning_effort: 'medium' });
  const { promptIds, maxTokens } = server.requests.at(-1)!;
  t.equal(maxTokens, 1024 - promptIds.length, 'without max_tokens: what the context leaves');
  t.equal(budgetOf(server), Math.floor(maxTokens / 2));
});

t.test('fields that contradict each other are a 400', async (t) => {
  const server = await start(t);
  for (const [fields, param] of [
    [{ thinking_token_budget: 5, reasoning_budget: 6 }, 'reasoning_budget'],
    [
      { reasoning_budget: 5, chat_template_kwargs: { thinking_budget: 6 } },
      'chat_template_kwargs.thinking_budget',
    ],
    [{ thinking_token_budget: 5, enable_thinking: false }, 'thinking_token_budget'],
    [{ thinking_token_budget: 5, reasoning_effort: 'none' }, 'thinking_token_budget'],
    [{ thinking_token_budget: 5, reasoning_effort: 'low' }, 'thinking_token_budget'],
    [
      { enable_thinking: true, chat_template_kwargs: { enable_thinking: false } },
      'chat_template_kwargs.enable_thinking',
    ],
    [{ chat_template_kwargs: { thinking_budget: 'much' } }, 'chat_template_kwargs.thinking_budget'],
    [{ thinking_token_budget: -2 }, 'thinking_token_budget'],
    [{ thinking_token_budget: 1.5 }, 'thinking_token_budget'],
    [{ reasoning_effort: 'some' }, 'reasoning_effort'],
    [{ thinking_token_budget: 95, max_tokens: 100 }, 'thinking_token_budget'],
    [{ repetition_detection: { max_pattern_size: 513 } }, 'repetition_detection.max_pattern_size'],
    [{ repetition_detection: { min_count: 1 } }, 'repetition_detection.min_count'],
    [
      { repetition_detection: { max_pattern_size: 4, min_pattern_size: 5 } },
      'repetition_detection.min_pattern_size',
    ],
    [{ repetition_detection: { size: 4 } }, 'repetition_detection.size'],
  ] as const) {
    const { status, body } = await chat(server, fields);
    t.equal(status, 400, JSON.stringify(fields));
    t.equal(body['error'].param, param, body['error'].message as string);
  }
  t.equal(server.requests.length, 0, 'nothing was computed');
});

t.test('a thought is ended at its budget, and the answer comes', async (t) => {
  const server = await start(t);
  const asked = { thinking_token_budget: 10, max_tokens: 60 };
  const { body } = await chat(server, asked);
  const [choice] = body['choices'];
  const thought = choice.message.reasoning_content as string;
  t.equal(thought, THOUGHT.slice(0, thought.length));
  t.ok(thought.length >= 9 && thought.length <= 10, `${thought.length} letters`);
  t.equal(choice.reasoning_end, 'budget');
  t.ok(choice.message.content.length > 20, 'an answer follows');
  t.equal(choice.finish_reason, 'length');
  t.equal(body['usage'].completion_tokens, 60);
  t.equal(body['usage'].completion_tokens_details.reasoning_tokens, 10 + CLOSING.length);
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    payload: {
      ...{ model: MODEL, messages: [{ role: 'user', content: 'Why?' }], temperature: 0 },
      ...{ ...asked, stream: true },
    },
  });
  const chunks = sseEvents(response.body).filter((each): each is Answer => each !== '[DONE]');
  const deltas = chunks.map((chunk) => chunk['choices'][0].delta as Answer);
  const joined = (field: string) => deltas.map((delta) => delta[field] ?? '').join('');
  t.equal(joined('reasoning_content'), thought);
  t.equal(joined('content'), choice.message.content);
  t.match(chunks.at(-1), { choices: [{ finish_reason: 'length', reasoning_end: 'budget' }] });
});

t.test('a thought never eats its answer', async (t) => {
  const server = await start(t);
  for (const max_tokens of [12, 20, 40, 200]) {
    const { body } = await chat(server, { max_tokens });
    const [choice] = body['choices'];
    const least = Math.min(Math.floor(max_tokens / 4), 1024);
    t.ok(
      choice.message.content.length >= Math.min(least, max_tokens - CLOSING.length),
      `${max_tokens}`,
    );
    t.equal(choice.reasoning_end, 'budget');
  }
});

t.test('no thought where none is wanted', async (t) => {
  const server = await start(t, { fake: { next: answering('Yes.') } });
  for (const fields of [{ enable_thinking: false }, { reasoning_effort: 'none' }]) {
    const { body } = await chat(server, fields);
    t.match(body['choices'][0], { message: { content: 'Yes.' }, finish_reason: 'stop' });
    t.notOk('reasoning_end' in body['choices'][0], 'it never thought');
    t.equal(server.requests.at(-1)?.reasoning?.open, false, 'the template was told');
  }
  const always = await start(t, {
    tokenizer: byteTokenizer(SWITCHED.replace('enable_thinking != false', 'true')),
  });
  const { body } = await chat(always, { enable_thinking: false, max_tokens: 40 });
  t.notOk('reasoning_content' in body['choices'][0].message, 'closed at once');
  t.match(body['choices'][0], { reasoning_end: 'budget' });
});

t.test('a sentence may stand before the end', async (t) => {
  const server = await start(t, { config: { reasoningBudgetMessage: ' -- enough.' } });
  const { body } = await chat(server, { thinking_token_budget: 4, max_tokens: 80 });
  t.match(body['choices'][0].message.reasoning_content, /^abcd? -- enough\.$/);
});

t.test('texts that are stuck end', async (t) => {
  const loop = { next: answering(`<think>\n${'so '.repeat(400)}`) };
  const server = await start(t, { fake: loop });
  const { body } = await chat(server, { max_tokens: 900 });
  t.match(body['choices'][0], {
    finish_reason: 'stop',
    stop_reason: 'repetition_detected',
    reasoning_end: 'repetition',
  });
  t.ok(body['usage'].completion_tokens < 560, 'thought and answer had 256 tokens each');
  const off = await chat(server, {
    max_tokens: 800,
    repetition_detection: { max_pattern_size: 0 },
  });
  t.match(off.body['choices'][0], { finish_reason: 'length', reasoning_end: 'budget' });
  t.notOk('stop_reason' in off.body['choices'][0]);
  const soon = await chat(server, {
    max_tokens: 900,
    repetition_detection: { max_pattern_size: 3, min_count: 3, min_tokens: 0 },
  });
  t.ok(soon.body['usage'].completion_tokens < 60, 'as a request wants it');
  const deaf = await chat(server, { max_tokens: 700, ignore_eos: true });
  t.equal(deaf.body['usage'].completion_tokens, 700, 'ignore_eos goes on');
  const metrics = (await server.app.inject('/metrics')).body;
  t.match(metrics, /kinglet_repetition_detected_total\{[^}]*part="reasoning"\} 2/);
  t.match(metrics, /kinglet_repetition_detected_total\{[^}]*part="answer"\} 2/);
  t.match(metrics, /kinglet_reasoning_end_total\{[^}]*by="repetition"\} 2/);
  t.match(metrics, /kinglet_reasoning_tokens_count\{[^}]*\} 4/);
});

t.test('a model that does not think may repeat itself', async (t) => {
  const server = await start(t, {
    tokenizer: byteTokenizer(),
    fake: { next: answering('so '.repeat(300)) },
  });
  const { body } = await chat(server, { max_tokens: 800 });
  t.equal(body['usage'].completion_tokens, 800);
  const asked = await chat(server, { max_tokens: 800, repetition_detection: {} });
  t.match(asked.body['choices'][0], { stop_reason: 'repetition_detected' });
  const held = await chat(server, {
    max_tokens: 800,
    repetition_detection: {},
    structured_outputs: { regex: '(so )*' },
  });
  t.match(
    held.body['choices'][0],
    { finish_reason: 'length', stop_reason: 'repetition_detected' },
    'a text that may not be whole is cut',
  );
});

t.test('a client ends the thought of an answer under way', async (t) => {
  const keys = ['one', 'two'];
  const server = await start(t, {
    config: { apiKeys: keys },
    fake: { next: answering(`<think>\n${THOUGHT}`), spend: () => undefined },
    contextLength: 4096,
  });
  const [mine, others] = keys.map((key) => ({ authorization: `Bearer ${key}` }));
  const end = (id: string, headers: object, payload: object = {}) =>
    server.app.inject({
      method: 'POST',
      url: `/v1/chat/completions/${id}/reasoning_end`,
      headers: headers as Record<string, string>,
      payload,
    });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const address = server.app.server.address() as { port: number };
  const response = await fetch(`http://127.0.0.1:${address.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...mine, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: MODEL, messages: [{ role: 'user', content: 'Why?' }] },
      ...{ n: 2, temperature: 0, stream: true, max_tokens: 460 },
    }),
  });
  let text = '';
  let asked = false;
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece);
    if (asked || !text.includes('"reasoning_content":"')) continue;
    asked = true;
    const id = /"id":"(chatcmpl-[0-9a-f]{32})"/.exec(text)![1]!;
    t.equal((await end(id, others!)).statusCode, 404, "another key's answer is not found");
    t.equal((await end(id, mine!, { index: 7 })).statusCode, 409);
    t.equal((await end(id, mine!, { which: 1 })).statusCode, 400);
    const ended = await end(id, mine!);
    t.match(ended.json(), { id, indices: [0, 1] });
    t.equal((await end('chatcmpl-0', mine!)).statusCode, 404);
  }
  const chunks = sseEvents(text).filter((each): each is Answer => each !== '[DONE]');
  const ends = chunks.flatMap((chunk) =>
    (chunk['choices'] as Answer[]).flatMap((choice) => choice['reasoning_end'] ?? []),
  );
  t.strictSame(ends, ['client', 'client']);
  const id = chunks[0]!['id'] as string;
  t.equal((await end(id, mine!)).statusCode, 404, 'an answer that has ended is not found');
});

t.test('the preset puts its system message before chats that have none', async (t) => {
  const server = await start(t, { config: { preset: 'mobilellm-r1-math' } });
  const prompt = async (messages: object[]) => {
    await chat(server, { messages, max_tokens: 12 });
    return Buffer.from(server.requests.at(-1)!.promptIds.filter((id) => id < BYTE_EOS)).toString();
  };
  t.match(
    await prompt([{ role: 'user', content: 'Why?' }]),
    'put your final answer within \\boxed{}',
  );
  t.notMatch(
    await prompt([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Why?' },
    ]),
    'boxed',
  );
});
