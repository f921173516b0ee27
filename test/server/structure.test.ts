/** Answers that are held to a grammar, of a model that knows nothing of it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import t, { type Test } from 'tap';
import { BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import { objectMembers } from '../../src/server/json/slices.js';
import { openaiErrors } from '../support/openai-schema.js';
import {
  answering,
  MODEL,
  testServer,
  sseEvents,
  type TestServer,
} from '../support/test-server.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into freely
type Json = Record<string, any>;

const PERSON = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 12 },
    age: { type: 'integer', minimum: 0, maximum: 120 },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 2 },
  },
  required: ['name', 'age', 'tags'],
  additionalProperties: false,
};
const FORMAT = {
  type: 'json_schema',
  json_schema: { name: 'person', strict: true, schema: PERSON },
};
const fits = new Ajv2020({ strict: false }).compile(PERSON);

function post(server: TestServer, body: object, url = '/v1/chat/completions') {
  return server.app.inject({
    method: 'POST',
    url,
    payload: { model: MODEL, messages: [{ role: 'user', content: 'hi' }], ...body },
  });
}

async function complete(t: Test, server: TestServer, body: object): Promise<Json> {
  const response = await post(server, body);
  t.equal(response.statusCode, 200, response.body.slice(0, 300));
  const answer = response.json<Json>();
  t.strictSame(openaiErrors('CreateChatCompletionResponse', answer), []);
  return answer;
}

const contents = ({ choices }: Json): string[] =>
  (choices as Json[]).map(({ message }) => (message as Json)['content'] as string);

/** A model of noise, which would never write JSON by itself. */
const noise = (t: Test) => testServer(t, { contextLength: 2048 });

t.test('every choice fits the schema, however it is sampled', async (t) => {
  const server = await noise(t);
  for (const sampling of [
    { temperature: 0 },
    { temperature: 1.5, n: 4, seed: 3 },
    { temperature: 1, top_k: 5, n: 3, repetition_penalty: 1.3, frequency_penalty: 1 },
    { temperature: 1, logit_bias: { 125: 5, 97: -100 }, logprobs: true, top_logprobs: 2 },
    { min_tokens: 200, max_tokens: 400 },
  ]) {
    const answer = await complete(t, server, { response_format: FORMAT, ...sampling });
    for (const [i, content] of contents(answer).entries()) {
      t.equal((answer['choices'] as Json[])[i]?.['finish_reason'], 'stop');
      t.ok(fits(JSON.parse(content)), JSON.stringify(sampling));
    }
  }
});

t.test('each field that holds an answer to something', async (t) => {
  const server = await noise(t);
  const text = async (body: object): Promise<string> =>
    contents(await complete(t, server, { temperature: 1, ...body }))[0]!;
  for (const body of [
    { structured_outputs: { json: PERSON } },
    { structured_outputs: { json: JSON.stringify(PERSON) } },
    { guided_json: PERSON },
    { response_format: { type: 'json_object', schema: PERSON } },
    { guided_json: JSON.stringify(PERSON) },
  ]) {
    t.ok(fits(JSON.parse(await text(body))));
  }
  for (const body of [
    { response_format: { type: 'json_object' }, max_tokens: 1000 },
    { structured_outputs: { json_object: true }, max_tokens: 1000 },
    { guided_json_object: true, max_tokens: 1000 },
    { response_format: { type: 'json_schema', json_schema: { name: 'any' } }, max_tokens: 1000 },
  ]) {
    const answer = await complete(t, server, { ...body, logit_bias: { 125: 20, 34: 20 } });
    t.type(JSON.parse(contents(answer)[0]!), 'object');
  }
  t.match(
    await text({ structured_outputs: { regex: '[0-9]{3}-x+' }, max_tokens: 200 }),
    /^\d{3}-x+$/,
  );
  t.match(await text({ guided_regex: '(?:ab){2}' }), /^abab$/);
  t.ok(['yes', 'no'].includes(await text({ structured_outputs: { choice: ['yes', 'no'] } })));
  t.ok(['é', 'ü'].includes(await text({ guided_choice: ['é', 'ü'] })));
  t.match(
    await text({ structured_outputs: { grammar: 'root ::= "a" ("b" | "c") root?' } }),
    /^a[bc]/,
  );
  t.equal(await text({ guided_grammar: 'root ::= "only this"' }), 'only this');
  t.type(await text({ response_format: { type: 'text' } }), 'string');
  const completion = await post(
    server,
    { prompt: 'x', messages: undefined, guided_choice: ['one', 'two'] },
    '/v1/completions',
  );
  t.match(completion.json<Json>()['choices'], [{ text: /^(one|two)$/, finish_reason: 'stop' }]);
});

/** A request whose schema is sent as it is written. */
function postSchema(server: TestServer, schema: string) {
  return server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    payload: `{"messages":[{"role":"user","content":"hi"}],"temperature":0,"response_format":{
      "type":"json_schema","json_schema":{"name":"n","schema":${schema}}}}`,
  });
}

t.test('properties come in the order in which the client wrote them', async (t) => {
  const server = await noise(t);
  for (const names of [
    ['b', '2', '1'],
    ['constructor', '__proto__', 'toString', 'a'],
    ['\0', 'x', '\u00001', '1', '\0\0'],
  ]) {
    const properties = names.map((name) => `${JSON.stringify(name)}:{"const":"${name.length}"}`);
    const response = await postSchema(
      server,
      `{"properties":{${properties.join()}},"required":${JSON.stringify([...names].reverse())},
      "additionalProperties":false,"type":"object"}`,
    );
    const [content] = contents(response.json<Json>());
    const [written] = objectMembers(`{"all":${content ?? ''}}`).values();
    t.strictSame([...objectMembers(written ?? '').keys()], names);
  }
});

t.test('a schema that is null, and one of numbers that are none', async (t) => {
  const server = await noise(t);
  const [content] = contents((await postSchema(server, 'null')).json<Json>());
  t.match(content, /^\{/, 'any object');
  const response = await postSchema(server, '{"enum":[1,1e400]}');
  t.match(response.json<Json>()['error'], {
    code: 'invalid_value',
    param: 'response_format',
    message: /larger than .*, at #\/enum\/1/,
  });
});

t.test('a stream brings the same, and an answer that is cut says so', async (t) => {
  const server = await noise(t);
  const body = { response_format: FORMAT, temperature: 1, seed: 7 };
  const [whole] = contents(await complete(t, server, body));
  const events = sseEvents((await post(server, { ...body, stream: true })).body) as Json[];
  const streamed = events
    .flatMap((event) => (event['choices'] as Json[] | undefined) ?? [])
    .map((choice) => ((choice['delta'] as Json)['content'] as string | undefined) ?? '')
    .join('');
  t.equal(streamed, whole);
  const cut = await complete(t, server, { ...body, max_tokens: 5 });
  t.match(cut['choices'], [{ finish_reason: 'length' }]);
  t.ok(whole?.startsWith(contents(cut)[0]!));
});

t.test('a thought is free, and the grammar begins with the answer', async (t) => {
  const server = await testServer(t, {
    tokenizer: byteTokenizer(BYTE_THINKING_TEMPLATE),
    contextLength: 2048,
    fake: { next: answering('<think>I think {[ so.</think>\n\nnot JSON at all') },
  });
  const answer = await complete(t, server, { response_format: FORMAT, temperature: 0 });
  const [{ message }] = answer['choices'] as [Json];
  t.match(message, { reasoning_content: /I think \{\[ so\./ });
  t.ok(fits(JSON.parse((message as Json)['content'] as string)));
});

t.test('what cannot be held to is refused by name', async (t) => {
  const server = await noise(t);
  const schema = (schema: unknown) => ({
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  for (const [body, code, param, message] of [
    [
      { ...schema({}), guided_regex: 'x' },
      'invalid_value',
      'guided_regex',
      /held to 'response_format' already/,
    ],
    [{ ...schema({}), ignore_eos: true }, 'invalid_value', 'ignore_eos', /ends with it/],
    [
      schema({ properties: { a: { items: { uniqueItems: true } } } }),
      'unsupported_parameter',
      'response_format',
      /uniqueItems .* at #\/properties\/a\/items\/uniqueItems/,
    ],
    [schema({ minLength: -1 }), 'invalid_value', 'response_format', /minLength .* at #\/minLength/],
    [schema(false), 'invalid_value', 'response_format.json_schema.schema', /object/],
    [schema({ enum: [] }), 'invalid_value', 'response_format', /no value fits/],
    [
      { response_format: { type: 'json_schema' } },
      'missing_required_parameter',
      'response_format.json_schema',
      /Missing/,
    ],
    [
      { response_format: { type: 'grammar' } },
      'unsupported_parameter',
      'response_format.type',
      /"json_object"/,
    ],
    [{ guided_regex: '(?=a)' }, 'unsupported_parameter', 'guided_regex', /looks around/],
    [{ guided_grammar: 'start: "a"' }, 'invalid_value', 'guided_grammar', /"::=" is missing/],
    [{ structured_outputs: { choice: [] } }, 'invalid_value', 'structured_outputs.choice', /./],
    [
      { structured_outputs: { structural_tag: '{}' } },
      'unsupported_parameter',
      'structured_outputs.structural_tag',
      /structural tags/,
    ],
    [
      { structured_outputs: { json: {}, whitespace_pattern: ' ' } },
      'unsupported_parameter',
      'structured_outputs.whitespace_pattern',
      /whitespace/,
    ],
    [{ guided_json: 'x'.repeat(2 ** 20 + 1) }, 'invalid_value', 'guided_json', /1048576/],
    [{ guided_json: '{"type":' }, 'invalid_value', 'guided_json', /no JSON/],
  ] as const) {
    const response = await post(server, body);
    t.equal(response.statusCode, 400, JSON.stringify(body).slice(0, 100));
    t.match(response.json<Json>()['error'], { code, param, message });
  }
});

t.test('where a bias leaves little of the grammar, that is what comes', async (t) => {
  const server = await noise(t);
  const body = { guided_choice: ['a', 'b'], logit_bias: { 97: -100 } };
  t.strictSame(contents(await complete(t, server, body)), ['b']);
});
