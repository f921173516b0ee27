/** Tools in chats, over a model whose template knows none (so that Kinglet tells it of them). */
import t, { type Test } from 'tap';
import { BYTE_TEMPLATE, BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import { answeringPrompts } from '../support/prompt-answers.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';
import { openaiErrors } from '../support/openai-schema.js';
import {
  answering,
  MODEL,
  sseEvents,
  testServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into freely
type Json = Record<string, any>;

const HI = [{ role: 'user', content: 'hi' }];
const TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const NOW = { type: 'function', function: { name: 'now' } };
const called = (name: string, text: string) =>
  `<tool_call>\n{"name": "${name}", "arguments": ${text}}\n</tool_call>`;
const ARGUMENTS = '{"city": "Zürich 🌦", "n": [1.0]}';
const CALL = called('get_weather', ARGUMENTS);

function start(t: Test, answer: string, options: TestServerOptions = {}): Promise<TestServer> {
  return testServer(t, {
    fake: { next: answering(answer) },
    contextLength: 8192,
    ...options,
  });
}

/** What is drawn is the same each time: a draw beside the model's answer fails one run in many. */
const SEED = 1;

function post(server: TestServer, body: object | string) {
  return server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    payload:
      typeof body === 'string'
        ? body
        : { model: MODEL, messages: HI, tools: [TOOL, NOW], seed: SEED, ...body },
  });
}

async function complete(t: Test, server: TestServer, body: object = {}): Promise<Json> {
  const response = await post(server, body);
  t.equal(response.statusCode, 200, response.body.slice(0, 300));
  const answer = response.json<Json>();
  t.strictSame(openaiErrors('CreateChatCompletionResponse', answer), []);
  return answer;
}

async function stream(t: Test, server: TestServer, body: object = {}): Promise<Json[]> {
  const response = await post(server, { stream: true, ...body });
  t.equal(response.statusCode, 200, response.body.slice(0, 300));
  const events = sseEvents(response.body) as Json[];
  t.equal(events.pop(), '[DONE]');
  for (const event of events) {
    t.strictSame(openaiErrors('CreateChatCompletionStreamResponse', event), []);
  }
  return events;
}

const promptOf = (server: TestServer): string =>
  server.model.tokenizer.decode(server.requests.at(-1)!.promptIds);

t.test('a call, whole and streamed', async (t) => {
  const server = await start(t, `Let me see.\n${CALL}\n${called('now', '{}')}`);
  const whole = await complete(t, server);
  const [{ message, finish_reason: reason }] = whole['choices'];
  t.equal(reason, 'tool_calls');
  t.equal(message.content, 'Let me see.');
  t.match(message.tool_calls, [
    { id: /^call_[0-9a-f]{32}$/, type: 'function', function: { name: 'get_weather' } },
    { id: /^call_[0-9a-f]{32}$/, type: 'function', function: { name: 'now', arguments: '{}' } },
  ]);
  t.equal(message.tool_calls[0].function.arguments, ARGUMENTS, 'as the model wrote them');
  t.not(message.tool_calls[0].id, message.tool_calls[1].id);

  const chunks = await stream(t, server, { stream_options: { include_usage: true } });
  t.equal(chunks.pop()!['usage'].completion_tokens, whole['usage'].completion_tokens);
  const deltas = chunks.map((chunk) => chunk['choices'][0].delta as Json);
  t.equal(deltas.map((delta) => delta['content'] ?? '').join(''), message.content);
  const calls: Json[] = [];
  for (const { tool_calls: list = [] } of deltas) {
    for (const { index, id, type, function: { name, arguments: text } } of list as Json[]) {
      if (id !== undefined) {
        t.strictSame([type, text, calls.length], ['function', '', index], 'the name comes first');
        calls.push({ id, name, arguments: '' });
      } else {
        t.equal(index, calls.length - 1);
        calls[index]!['arguments'] += text;
      }
    }
  }
  t.match(calls, [
    { name: 'get_weather', arguments: ARGUMENTS },
    { name: 'now', arguments: '{}' },
  ]);
  t.ok(deltas.filter((delta) => delta['tool_calls'] !== undefined).length > 20, 'piece by piece');
  t.equal(chunks.at(-1)!['choices'][0].finish_reason, 'tool_calls');
  const ids = new Set(calls.map(({ id }) => id as string));
  t.equal(ids.size, 2);
  t.notOk(ids.has(message.tool_calls[0].id), 'unique over answers');
}); // prettier-ignore

t.test('two steps: call, result, answer', async (t) => {
  const next = answeringPrompts((prompt) =>
    prompt.includes('<tool_response>\n21 C\n</tool_response>') ? 'It is 21 C.' : CALL,
  );
  const server = await start(t, '', { fake: { next } });
  const first = (await complete(t, server))['choices'][0].message;
  t.strictSame([first.content, first.tool_calls.length], [null, 1]);
  t.match(promptOf(server), '{"name": "get_weather", "description": "Weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}\n{"name": "now"}\n</tools>'); // prettier-ignore
  const messages = [
    ...HI,
    first,
    { role: 'tool', tool_call_id: first.tool_calls[0].id, content: [{ type: 'text', text: '21 C' }] },
  ]; // prettier-ignore
  const [second] = (await complete(t, server, { messages }))['choices'];
  t.strictSame([second.message.content, second.finish_reason], ['It is 21 C.', 'stop']);
  t.notOk('tool_calls' in second.message);
  t.match(promptOf(server), `assistant\n${CALL}<|im_end|>\n<|im_start|>user\n<tool_response>\n21 C\n`);
}); // prettier-ignore

t.test('who may call what', async (t) => {
  const answer = `${CALL}\n${called('now', '{}')}`;
  const server = await start(t, answer);
  const parts = async (body: object) => {
    const [{ message, finish_reason: reason }] = (await complete(t, server, body))['choices'];
    const names = ((message.tool_calls ?? []) as Json[]).map((call) => call['function'].name);
    return [message.content, names, reason];
  };
  const both = ['get_weather', 'now'];
  t.strictSame(await parts({ tool_choice: 'auto' }), [null, both, 'tool_calls']);
  t.strictSame(await parts({ parallel_tool_calls: false }), [null, both.slice(0, 1), 'tool_calls']);
  t.strictSame(await parts({ tool_choice: 'none' }), [answer, [], 'stop']);
  t.notMatch(promptOf(server), 'get_weather', 'the model hears of no tools');
  t.strictSame(await parts({ tools: [] }), [answer, [], 'stop']);
  const allowed = (...names: string[]) => ({
    type: 'allowed_tools',
    allowed_tools: {
      mode: 'auto',
      tools: names.map((name) => ({ type: 'function', function: { name } })),
    },
  });
  t.strictSame(await parts({ tool_choice: allowed('now'), parallel_tool_calls: false }), [
    null,
    ['now'],
    'tool_calls',
  ]);
  t.match(promptOf(server), 'get_weather', 'it hears of all');
  t.strictSame(await parts({ tool_choice: allowed(...both) }), [null, both, 'tool_calls']);
  t.strictSame(await parts({ max_tokens: 71 }), [null, ['get_weather'], 'length']);
  const cut = (await complete(t, server, { max_tokens: 71 }))['choices'][0].message;
  t.equal(cut.tool_calls[0].function.arguments, '{"city": "Zürich 🌦');
  const many = await complete(t, server, { n: 3 });
  const ids = (many['choices'] as Json[]).flatMap((each) => each['message'].tool_calls as Json[]);
  t.equal(new Set(ids.map(({ id }) => id as string)).size, 6);
});

t.test('functions, as tools were called once', async (t) => {
  const server = await start(t, `Well. ${CALL}${called('now', '{}')}`);
  const functions = [TOOL.function, NOW.function];
  const old = { tools: undefined, functions };
  const [{ message, finish_reason: reason }] = (await complete(t, server, old))['choices'];
  t.strictSame(
    [message.content, message.function_call, reason],
    ['Well.', { name: 'get_weather', arguments: ARGUMENTS }, 'function_call'],
  );
  t.notOk('tool_calls' in message);
  t.match(promptOf(server), '{"name": "now"}\n</tools>');
  const chunks = await stream(t, server, old);
  const deltas = chunks.map((chunk) => chunk['choices'][0].delta.function_call as Json | undefined);
  const [first, ...rest] = deltas.filter((delta) => delta !== undefined);
  t.strictSame(first, { name: 'get_weather', arguments: '' });
  t.equal(rest.map((delta) => delta['arguments']).join(''), ARGUMENTS);
  t.equal(chunks.at(-1)!['choices'][0].finish_reason, 'function_call');
  const none = await complete(t, server, { ...old, function_call: 'none' });
  t.match(none['choices'][0].message.content, '<tool_call>');
  const messages = [
    ...HI,
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: 'x' } },
    { role: 'function', name: 'f', content: null },
    { role: 'function', name: 'f', content: 'done' },
  ];
  await complete(t, server, { ...old, messages });
  t.match(promptOf(server), called('f', 'x') + '<|im_end|>\n<|im_start|>user\n<tool_response>\n\n</tool_response>\n<tool_response>\ndone\n'); // prettier-ignore
});

t.test('calls inside a thought are part of the thought', async (t) => {
  const server = await start(t, `<think>\nPerhaps ${CALL}\n</think>\n\n${called('now', '{}')}`, {
    tokenizer: byteTokenizer(BYTE_THINKING_TEMPLATE),
  });
  const { message } = (await complete(t, server))['choices'][0];
  t.equal(message.reasoning_content, `Perhaps ${CALL}`);
  t.strictSame([message.content, message.tool_calls.length], [null, 1]);
  const deltas = (await stream(t, server)).map((chunk) => chunk['choices'][0].delta as Json);
  t.equal(deltas.map((delta) => delta['reasoning'] ?? '').join(''), message.reasoning);
  t.equal(deltas.filter((delta) => delta['tool_calls']?.[0].id !== undefined).length, 1);
});

t.test('log-probabilities of all tokens of an answer with calls', async (t) => {
  const server = await start(t, `Yes. ${CALL}`);
  const text = `Yes. ${CALL}`;
  const joined = (entries: readonly Json[]) =>
    Buffer.from(entries.flatMap((entry) => entry['bytes'] as number[])).toString();
  const whole = await complete(t, server, { logprobs: true });
  t.equal(joined(whole['choices'][0].logprobs.content.slice(0, -1)), text);
  const chunks = await stream(t, server, { logprobs: true });
  const entries = chunks.flatMap((chunk) => (chunk['choices'][0].logprobs?.content ?? []) as Json[]);
  t.equal(joined(entries.slice(0, -1)), text);
}); // prettier-ignore

t.test('a marker that is a special token is seen', async (t) => {
  const template =
    BYTE_TEMPLATE + '{% if tools and false %}{"name": "parameters": dictionary{% endif %}';
  const own = byteTokenizer(template);
  const python = 259;
  const tokenizer = {
    ...own,
    idOf: (token: string) => (token === '<|python_tag|>' ? python : own.idOf(token)),
  };
  const answer = [python, ...Buffer.from('{"name": "now", "parameters": {}}'), 258];
  let at = 0;
  const server = await start(t, '', {
    tokenizer,
    fake: { next: ({ tokens }) => (tokens.at(-1) === 10 ? answer[(at = 0)]! : answer[++at]!) },
  });
  const { message } = (await complete(t, server))['choices'][0];
  // Its string in this vocabulary is another one, which is all that can be seen.
  t.equal(message.content, '<|pad|>{"name": "now", "parameters": {}}');
  t.strictSame(server.requests.at(-1)!.shownTokens, [python]);
  at = 0;
  await complete(t, server, { tools: [] });
  t.strictSame(server.requests.at(-1)!.shownTokens, []);
});

t.test('--tool-call-parser names the family', async (t) => {
  const answer =
    'Two: <tool_call>[{"name": "now", "arguments": {}}, {"name": "now", "arguments": {}}]</tool_call>';
  const server = await start(t, answer, { config: { toolCallParser: 'smollm2' } });
  const { message } = (await complete(t, server))['choices'][0];
  t.strictSame([message.content, message.tool_calls.length], ['Two:', 2]);
  t.match(promptOf(server), /<tools>\[\{"name": "get_weather".*\}, \{"name": "now"\}\]<\/tools>/);
  const hermes = await start(t, CALL, { config: { toolCallParser: 'hermes' } });
  t.equal((await complete(t, hermes))['choices'][0].finish_reason, 'tool_calls');
  t.notMatch(promptOf(hermes), 'get_weather', 'its template is to tell of tools');
});

t.test('tools reach the model as they were written', async (t) => {
  const server = await start(t, 'ok');
  const body = `{"messages": [{"role": "user", "content": "hi"}], "tools": [
    {"function": {"strict": null, "description": null, "parameters": {"z": 1.0, "1": 123456789012345680, "__proto__": {"é": "\\u00e9"}},
     "name": "a", "name": "b"}, "type": "function"}, {"type": "function", "function": {"name": "__proto__"}}]}`;
  const response = await post(server, body);
  t.equal(response.statusCode, 200, response.body);
  t.match(
    promptOf(server),
    '<tools>\n{"parameters": {"z": 1.0, "1": 123456789012345680, "__proto__": {"é": "é"}}, "name": "b"}\n{"name": "__proto__"}\n</tools>',
  );
});

t.test('/tokenize counts tools', async (t) => {
  const server = await start(t, 'ok');
  const count = async (body: object) => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/tokenize',
      payload: { messages: HI, ...body },
    });
    return response.json<Json>();
  };
  await complete(t, server);
  t.equal((await count({ tools: [TOOL, NOW] }))['count'], server.requests.at(-1)!.promptIds.length);
  t.ok((await count({}))['count'] < 100);
  t.match(await count({ messages: undefined, prompt: 'x', tools: [] }), { error: { param: 'tools' } });
}); // prettier-ignore

const named = (name: string) => ({ type: 'function', function: { name } });
const tool = (fields: object) => ({
  tools: [{ type: 'function', function: { name: 'f', ...fields } }],
});
const allowing = (mode: string, ...tools: object[]) => ({
  tool_choice: { type: 'allowed_tools', allowed_tools: { mode, tools } },
});

/** Bodies, and the code, the param and words of their errors. */
const REFUSED: readonly (readonly [body: object, code: string, param: string, words: RegExp])[] = [
  [{ tools: Array.from({ length: 129 }, (_, i) => named(`f${i}`)) }, 'invalid_value', 'tools', /at most 128/],
  [{ tools: {} }, 'invalid_value', 'tools', /a list/],
  [{ tools: [null] }, 'invalid_value', 'tools[0]', /null/],
  [{ tools: [{}] }, 'missing_required_parameter', 'tools[0].type', /Missing/],
  [{ tools: [{ type: 'function' }] }, 'missing_required_parameter', 'tools[0].function', /Missing/],
  [{ tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'unsupported_parameter', 'tools[0].type', /not 'custom'/],
  [{ tools: [{ type: 'web_search' }] }, 'unsupported_parameter', 'tools[0].type', /not 'web_search'/],
  [tool({ name: '' }), 'invalid_value', 'tools[0].function.name', /1 to 64 letters/],
  [tool({ name: 'a b' }), 'invalid_value', 'tools[0].function.name', /"a b"/],
  [tool({ name: 'wetter_für' }), 'invalid_value', 'tools[0].function.name', /für/],
  [tool({ name: 'a\n' }), 'invalid_value', 'tools[0].function.name', /"a\\n"/],
  [tool({ name: 'x'.repeat(65) }), 'invalid_value', 'tools[0].function.name', /x{64}…/],
  [tool({ name: 5 }), 'invalid_value', 'tools[0].function.name', /a string/],
  [{ tools: [NOW, NOW] }, 'invalid_value', 'tools[1].function.name', /two tools called now/],
  [tool({ parameters: [] }), 'invalid_value', 'tools[0].function.parameters', /an object/],
  [tool({ parameters: true }), 'invalid_value', 'tools[0].function.parameters', /an object/],
  [tool({ description: 'é'.repeat(8193) }), 'invalid_value', 'tools[0].function.description', /16386 bytes.*16384/],
  [tool({ parameters: { a: 'x'.repeat(65_536) } }), 'invalid_value', 'tools[0].function.parameters', /65544 bytes.*65536/],
  [{ tools: Array.from({ length: 9 }, (_, i) => ({ type: 'function', function: { name: `f${i}`, parameters: { a: 'x'.repeat(60_000) } } })) }, 'invalid_value', 'tools', /54\d{4} bytes.*524288/],
  [tool({ parameters: JSON.parse('{"a":'.repeat(100) + '1' + '}'.repeat(100)) as object }), 'invalid_value', 'tools[0].function.parameters', /64 deep/],
  [tool({ wat: 1 }), 'unknown_parameter', 'tools[0].function.wat', /Unknown/],
  [tool({ strict: 1 }), 'invalid_value', 'tools[0].function.strict', /true or false/],
  [{ tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: { properties: { a: { uniqueItems: true, items: {} } } } } }] }, 'unsupported_parameter', 'tools', /schema of f: uniqueItems .* at #\/properties\/a\/uniqueItems/],
  [{ tool_choice: 'required', ignore_eos: true }, 'invalid_value', 'ignore_eos', /held to 'tools'/],
  [{ ignore_eos: true }, 'invalid_value', 'ignore_eos', /held to 'tools'/],
  [{ guided_regex: 'x', tool_choice: 'required' }, 'invalid_value', 'guided_regex', /calls of 'tools'/],
  [{ tool_choice: named('then') }, 'invalid_value', 'tool_choice', /no tool called "then"/],
  [allowing('auto', NOW, named('then')), 'invalid_value', 'tool_choice.allowed_tools', /"then"/],
  [allowing('auto'), 'invalid_value', 'tool_choice.allowed_tools', /allows no tool/],
  [{ tool_choice: 'required', tools: [] }, 'invalid_value', 'tool_choice', /no tools that could/],
  [{ tool_choice: named('now'), tools: null }, 'invalid_value', 'tool_choice', /no tools that could/],
  [{ tool_choice: 'any' }, 'invalid_value', 'tool_choice', /"auto", "required"/],
  [{ tool_choice: { type: 'custom', custom: { name: 'x' } } }, 'unsupported_parameter', 'tool_choice.type', /'custom'/],
  [{ tool_choice: { type: 'function' } }, 'missing_required_parameter', 'tool_choice.function', /Missing/],
  [{ parallel_tool_calls: 'no' }, 'invalid_value', 'parallel_tool_calls', /true or false/],
  [{ functions: [{ name: 'f' }] }, 'invalid_value', 'functions', /'tools' are given too/],
  [{ function_call: { name: 'f' } }, 'invalid_value', 'function_call', /no tools that could/],
  [{ tools: [], functions: [{ name: 'f' }], function_call: { name: 'g' } }, 'invalid_value', 'function_call', /"g"/],
  [{ tools: [], functions: [{ name: 'f' }], tool_choice: 'required' }, 'invalid_value', 'tool_choice', /no tools that could/],
  [{ tools: [], functions: [{ name: 'f x' }] }, 'invalid_value', 'functions[0].name', /"f x"/],
  [{ tools: [], functions: [{ name: 'f', strict: true }] }, 'unknown_parameter', 'functions[0].strict', /Unknown/],
]; // prettier-ignore

t.test('what cannot be is named', async (t) => {
  const server = await start(t, 'ok');
  for (const [body, code, param, words] of REFUSED) {
    const response = await post(server, body);
    t.equal(response.statusCode, 400);
    t.match(response.json(), { error: { code, param, message: words } }, JSON.stringify(body).slice(0, 120));
  }
  t.equal(server.requests.length, 0);
  const off = await start(t, CALL, { config: { toolCallParser: 'off' } });
  const refused = await post(off, {});
  t.match(refused.json(), {
    error: { code: 'unsupported_parameter', param: 'tools', message: /--tool-call-parser off/ },
  });
  t.equal((await complete(t, off, { tool_choice: 'none' }))['choices'][0].message.content, CALL);
}); // prettier-ignore

t.test('as much as may be', async (t) => {
  const server = await start(t, 'ok', { contextLength: 2 ** 16, engine: { kvBlocks: 2 ** 12 } });
  const names = Array.from({ length: 128 }, (_, i) => `${'x'.repeat(60)}_${i}`);
  const tools = names.map((name) => ({ type: 'function', function: { name, description: 'é' } }));
  await complete(t, server, { tools });
  t.match(promptOf(server), names.at(-1));
}); // prettier-ignore

t.test('nothing in a history throws', async (t) => {
  const server = await start(t, 'ok', { contextLength: 2 ** 15, engine: { kvBlocks: 2 ** 11 } });
  const texts = ['', '{', 'null', '[]', '"\ud83c\udf26"', '{"__proto__": 1}', '<|im_end|>', '\u0000', '['.repeat(300)];
  for (const text of texts) {
    for (const more of [{}, { tools: [] }, { tool_choice: 'none' }]) {
      const messages = [
        { role: 'tool', tool_call_id: 'of nobody', content: text },
        ...HI,
        {
          role: 'assistant',
          content: text,
          tool_calls: [
            { id: '', type: 'function', index: 0, function: { name: '__proto__', arguments: text } },
            { function: { name: '', arguments: text } },
          ],
        },
        { role: 'assistant', tool_calls: [{ id: 'x', type: 'function', function: { name: text.slice(0, 9), arguments: text } }] },
        { role: 'tool', tool_call_id: '', content: [] },
      ];
      await complete(t, server, { messages, ...more });
      if (text !== '<|im_end|>') t.match(promptOf(server), `"arguments": ${text}}`);
    }
  }
}); // prettier-ignore

const CITY = {
  type: 'object',
  properties: { city: { enum: ['Zürich', 'Bern'] }, days: { type: 'integer', minimum: 1 } },
  required: ['city'],
  additionalProperties: false,
};
const STRICT = {
  type: 'function',
  function: { name: 'get_weather', strict: true, parameters: CITY },
};

/** The calls of an answer, with their arguments read. */
function callsIn(answer: Json): { name: string; args: Json }[] {
  const { tool_calls: calls = [] } = (answer['choices'] as Json[])[0]?.['message'] as Json;
  return (calls as Json[]).map(({ function: called }) => {
    const { name, arguments: text } = called as { name: string; arguments: string };
    return { name, args: JSON.parse(text) as Json };
  });
}

t.test('a model that knows nothing of tools calls them where it must', async (t) => {
  const server = await testServer(t, { contextLength: 8192 });
  for (const [body, names] of [
    [{ tool_choice: 'required' }, ['get_weather', 'now']],
    [{ tool_choice: named('now') }, ['now']],
    [{ ...allowing('required', STRICT) }, ['get_weather']],
    [{ tool_choice: 'required', parallel_tool_calls: false }, ['get_weather', 'now']],
  ] as const) {
    for (const seed of [1, 2, 3]) {
      const answer = await complete(t, server, {
        ...{ tools: [STRICT, NOW], temperature: 1.2, seed, max_tokens: 4000 },
        // Else a model of noise calls, and writes strings, without an end.
        logit_bias: { 34: 8, 125: 8 },
        ...body,
      });
      t.match(answer['choices'], [{ finish_reason: 'tool_calls', message: { content: null } }]);
      const calls = callsIn(answer);
      t.ok(calls.length > 0);
      for (const { name, args } of calls) {
        t.ok((names as readonly string[]).includes(name), name);
        t.type(args, 'object');
        if (name !== 'get_weather') continue;
        t.ok(['Zürich', 'Bern'].includes(args['city'] as string), JSON.stringify(args));
      }
    }
  }
  const older = await complete(t, server, {
    ...{
      tools: undefined,
      functions: [{ name: 'f', parameters: CITY }],
      function_call: { name: 'f' },
    },
  });
  t.match(older['choices'], [
    { message: { function_call: { name: 'f', arguments: /^\{"city"/ } } },
  ]);
});

t.test('a strict tool’s arguments fit once the model has begun to call it', async (t) => {
  const wrong = called('get_weather', '{"town": [], "city": "Rom", "days": 0}');
  const server = await start(t, `I look. ${wrong}`);
  const answer = await complete(t, server, { tools: [STRICT, NOW] });
  t.match(answer['choices'], [{ message: { content: 'I look.' }, finish_reason: 'tool_calls' }]);
  const [call] = callsIn(answer);
  t.equal(call?.name, 'get_weather');
  t.ok(['Zürich', 'Bern'].includes(call?.args['city'] as string));
});

/** One call of a model of noise, which writes strings without an end else. */
const SHORT = { logit_bias: { 34: 12, 125: 12 }, max_tokens: 4000, parallel_tool_calls: false };

const BROKEN = [
  called('nobody', '{"city": "Bern"}'),
  called('get_weather', '{city: Bern, [}'),
  called('get_weather', '"Bern"'),
  '<tool_call>\n\n{"arguments": {}, "name": 5}',
  '<tool_call>get_weather(Bern)</tool_call>',
];

t.test('once a call is opened it is one, though no tool is strict', async (t) => {
  for (const thinks of [false, true]) {
    for (const broken of BROKEN) {
      const server = await start(t, `${thinks ? '' : 'I look. '}${broken}`, {
        ...(thinks && { tokenizer: byteTokenizer(BYTE_THINKING_TEMPLATE) }),
      });
      const answer = await complete(t, server, SHORT);
      const content = thinks ? null : 'I look.';
      t.match(answer['choices'], [{ message: { content }, finish_reason: 'tool_calls' }], broken);
      const [call] = callsIn(answer);
      t.ok(['get_weather', 'now'].includes(call!.name), call!.name);
      t.type(call!.args, 'object');
      if (call!.name === 'get_weather') t.type(call!.args['city'], 'string', 'a schema that can be kept');
    }
  }
}); // prettier-ignore

t.test('an answer that begins with a brace is a call where it names a tool', async (t) => {
  const config = { toolCallParser: 'llama3_json' };
  const said = async (answer: string, tools: object[]): Promise<[string | null, string[]]> => {
    const server = await start(t, answer, { config });
    const body = { tools, ...SHORT };
    const response = await complete(t, server, body);
    const { content } = (response['choices'] as Json[])[0]!['message'] as Json;
    return [content as string | null, callsIn(response).map(({ name }) => name)];
  };
  for (const text of ['{"city": "Bern"}', '{ "name": [', '{"name": "nowhere", "age": 5}', 'So {"name": "now"']) {
    t.strictSame(await said(text, [TOOL, NOW]), [text, []], 'free');
  }
  t.strictSame(await said(' {"name": "now", "age": 5}', [TOOL, NOW]), [null, ['now']]);
  t.strictSame(await said('{"name": "now"} or so', [NOW]), [null, ['now']]);
  for (const text of ['{"city": "Bern"}', '\n{ "name": [', '{"name": "nowhere"}']) {
    const [content, calls] = await said(text, [STRICT]);
    t.strictSame([content, calls], [null, ['get_weather']], 'strict');
  }
}); // prettier-ignore

/** A tokenizer that has no token for some characters. */
function without(characters: string): Tokenizer {
  const own = byteTokenizer();
  const special = own.table.special.slice();
  for (const byte of Buffer.from(characters)) special[byte] = 1;
  return {
    ...{ vocabSize: own.vocabSize, bosId: own.bosId, addBos: own.addBos, eosIds: own.eosIds },
    ...{ padId: own.padId, templateTokens: own.templateTokens, encoding: own.encoding },
    ...{ specialStrings: own.specialStrings, chatTemplate: own.chatTemplate },
    table: { ...own.table, special },
    decode: own.decode.bind(own),
    idOf: own.idOf.bind(own),
    tokenString: own.tokenString.bind(own),
  };
}

t.test('what the model has no tokens for is told before anything is computed', async (t) => {
  for (const [missing, body, param, message] of [
    ['w', {}, 'tools[0].function.name', /spell "get_weather" from "weather" on/],
    ['w', { tool_choice: named('now') }, 'tools[1].function.name', /spell "now" from "w" on/],
    ['w', { tools: undefined, functions: [NOW.function] }, 'functions[0].name', /"now"/],
    ['<', {}, 'tools', /spell "<tool_call>\\n\{.*, of which its calls are made/],
    [':', {}, 'tools', /spell/],
    ['/', { tool_choice: 'required' }, 'tools', /spell "\}\\n<\/tool_call>"/],
  ] as const) {
    const server = await start(t, 'ok', { tokenizer: without(missing) });
    const response = await post(server, body);
    t.equal(response.statusCode, 400, response.body.slice(0, 200));
    t.match(response.json(), { error: { code: 'invalid_value', param, message } });
    t.equal(server.requests.length, 0);
  }
  const server = await start(t, 'ok', { tokenizer: without('w') });
  await complete(t, server, { tool_choice: 'none' });
  await complete(t, server, { tools: [named('get')] });
  await complete(t, server, { tools: [TOOL, named('get')], ...allowing('auto', named('get')) });
}); // prettier-ignore

t.test('beside tools an answer may be held to a schema', async (t) => {
  const schema = { type: 'object', properties: { ok: { const: true } }, required: ['ok'] };
  const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
  const talking = await start(t, '{"ok": true}');
  const said = await complete(t, talking, { tools: [STRICT], response_format });
  t.match(said['choices'], [{ message: { content: '{"ok": true}' }, finish_reason: 'stop' }]);
  const calling = await start(t, called('get_weather', '{"city": "Bern"}'));
  const called_ = await complete(t, calling, { tools: [STRICT], response_format });
  t.strictSame(callsIn(called_), [{ name: 'get_weather', args: { city: 'Bern' } }]);
});

t.test('what of a schema isn’t kept is told', async (t) => {
  const server = await testServer(t, { contextLength: 8192 });
  const parameters = { properties: { a: { uniqueItems: true, items: {} } } };
  const tools = [{ type: 'function', function: { name: 'f', parameters } }];
  for (const choice of ['required', 'auto']) {
    server.log.length = 0;
    const response = await post(server, { tools, tool_choice: choice, max_tokens: 50 });
    t.equal(response.statusCode, 200);
    t.equal(response.headers['x-kinglet-unenforced-tools'], 'f');
    t.match(server.log, [{ tool: 'f', msg: /uniqueItems .* at #\/properties\/a\/uniqueItems/ }]);
  }
});
