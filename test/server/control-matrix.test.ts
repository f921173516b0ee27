/**
 * Thoughts under control beside everything else: a model that thinks and one that says noise, greedy and
 * sampled, in the first turn and the second, free, held to a schema and calling tools, whole and streamed,
 * alone and under load, on a pool that preempts, with drafts and without. What an answer is depends on none
 * of the latter.
 */
import t from 'tap';
import { MAX_DRAFT_TOKENS } from '../../src/config.js';
import type { EngineOptions } from '../../src/engine/options.js';
import { BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import {
  answering,
  MODEL,
  sseEvents,
  testServer,
  type TestServer,
} from '../support/test-server.js';

t.setTimeout(300_000);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into freely
type Answer = Record<string, any>;

const TEMPLATE =
  BYTE_THINKING_TEMPLATE.replace('and open_thought', 'and true') + '{# <tool_call> tools #}';
const TEXT = `${'let me see, '.repeat(6)}\n</think>\n\n{"a": 12}`;

const MODELS = {
  thinks: { next: answering(`<think>\n${TEXT}`) },
  noise: {},
} as const;

/** What must not decide anything: the engine's blocks and drafts. */
const ENGINES: readonly Partial<EngineOptions>[] = [
  { speculate: 'off' },
  { speculate: 'off', kvBlocks: 48, maxNumSeqs: 8 },
  { speculate: MAX_DRAFT_TOKENS },
  { speculate: MAX_DRAFT_TOKENS, kvBlocks: 48, maxNumSeqs: 8 },
];

const TURNS = [
  [{ role: 'user', content: 'Why?' }],
  [
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'So.', reasoning_content: 'hm' },
    { role: 'user', content: 'And now?' },
  ],
];

const HELD: readonly Answer[] = [
  {},
  {
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'a',
        schema: {
          type: 'object',
          properties: { a: { type: 'integer', minimum: 0, maximum: 99 } },
          required: ['a'],
          additionalProperties: false,
        },
      },
    },
  },
  {
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    tool_choice: 'auto',
  },
];

const requests = (): Answer[] =>
  [0, 0.9].flatMap((temperature) =>
    TURNS.flatMap((messages) =>
      HELD.flatMap((held) =>
        [0, 7, -1].map((budget) => ({
          ...{ model: MODEL, messages, temperature, seed: 5, max_tokens: 150 },
          ...{ thinking_token_budget: budget, ...held },
        })),
      ),
    ),
  );

async function ask(server: TestServer, payload: Answer) {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    payload,
  });
  if (response.statusCode !== 200) throw new Error(response.body);
  return response;
}

/** What an answer says, its ids of calls left out. */
function gist(choice: Answer, message: Answer): object {
  const calls = ((message['tool_calls'] ?? []) as Answer[]).map(
    (call) => call['function'] as object,
  );
  return {
    thought: message['reasoning_content'] ?? '',
    text: message['content'] ?? '',
    calls,
    finish: choice['finish_reason'],
    end: choice['reasoning_end'] ?? null,
    stop: choice['stop_reason'] ?? null,
  };
}

async function whole(server: TestServer, request: Answer): Promise<object> {
  const [choice] = (await ask(server, request)).json<Answer>()['choices'];
  return gist(choice, choice.message);
}

async function streamed(server: TestServer, request: Answer): Promise<object> {
  const { body } = await ask(server, { ...request, stream: true });
  const message: Answer = { reasoning_content: '', content: '', tool_calls: [] };
  let last: Answer = {};
  for (const chunk of sseEvents(body)) {
    const choice = (chunk as Answer)['choices']?.[0] as Answer | undefined;
    if (choice === undefined) continue;
    last = choice;
    const { delta } = choice;
    message['reasoning_content'] += delta.reasoning_content ?? '';
    message['content'] += delta.content ?? '';
    for (const call of (delta.tool_calls ?? []) as Answer[]) {
      const known = (message['tool_calls'][call['index']] ??= {
        function: { name: '', arguments: '' },
      }) as Answer;
      known['function'].name += call['function'].name ?? '';
      known['function'].arguments += call['function'].arguments ?? '';
    }
  }
  return gist(last, message);
}

for (const [name, fake] of Object.entries(MODELS)) {
  t.test(`a model that ${name}`, async (t) => {
    const start = (engine: Partial<EngineOptions>) =>
      testServer(t, { tokenizer: byteTokenizer(TEMPLATE), fake, engine, contextLength: 1024 });
    const plain = await start({ speculate: 'off' });
    const all = requests();
    const expected: object[] = [];
    for (const request of all) expected.push(await whole(plain, request));
    const ends = new Set(expected.map((each) => (each as Answer)['end'] as string));
    t.ok(ends.has('budget'), 'some thoughts were ended');
    if (name === 'thinks') t.ok(ends.has('model'), 'and some ended by themselves');
    for (const engine of ENGINES) {
      const server = await start(engine);
      const what = JSON.stringify(engine);
      const loaded = await Promise.all(all.map((request) => whole(server, request)));
      t.strictSame(loaded, expected, `${what}: under load`);
      const streams = await Promise.all(all.map((request) => streamed(server, request)));
      t.strictSame(streams, expected, `${what}: streamed under load`);
      if (engine.kvBlocks === 48)
        t.ok(server.engine.stats.preemptions > 0, `${what}: it preempted`);
    }
  });
}
