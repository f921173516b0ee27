import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { openaiErrors } from '../support/openai-schema.js';
import { answering, MODEL, testServer } from '../support/test-server.js';

const CHAT = '/v1/chat/completions';
const COMPLETIONS = '/v1/completions';
const user = (content: unknown) => [{ role: 'user', content }];

/** Stands for the field that has the prompt. */
const PROMPT = null;

/** Field values that ask for something; the error's code, its param, and words of its message. */
type Refusal = [fields: object, code: string, param: string | null, message: RegExp];

const SHARED: readonly Refusal[] = [
  [{ temperature: 2.1 }, 'invalid_value', 'temperature', /between 0 and 2, but got 2\.1/],
  [{ temperature: -0.1 }, 'invalid_value', 'temperature', /between 0 and 2/],
  [{ temperature: '1' }, 'invalid_value', 'temperature', /finite number.*got "1"/],
  [{ top_p: 1.01 }, 'invalid_value', 'top_p', /between 0 and 1/],
  [{ top_k: -2 }, 'invalid_value', 'top_k', /integer/],
  [{ top_k: 1.5 }, 'invalid_value', 'top_k', /integer.*got 1\.5/],
  [{ top_k: 2 ** 31 }, 'invalid_value', 'top_k', /2147483647/],
  [{ min_p: 2 }, 'invalid_value', 'min_p', /between 0 and 1/],
  [{ repetition_penalty: 0 }, 'invalid_value', 'repetition_penalty', /0\.01/],
  [{ presence_penalty: 3 }, 'invalid_value', 'presence_penalty', /between -2 and 2/],
  [{ frequency_penalty: -3 }, 'invalid_value', 'frequency_penalty', /between -2 and 2/],
  [{ seed: 1.5 }, 'invalid_value', 'seed', /64 bits/],
  [{ seed: 2 ** 70 }, 'invalid_value', 'seed', /64 bits/],
  [{ n: 0 }, 'invalid_value', 'n', /between 1 and 128/],
  [{ n: 129 }, 'invalid_value', 'n', /between 1 and 128/],
  [{ stop: '' }, 'invalid_value', 'stop', /not empty/],
  [{ stop: ['a', ''] }, 'invalid_value', 'stop[1]', /at least 1/],
  [{ stop: 'é'.repeat(129) }, 'invalid_value', 'stop', /258 bytes.*256/],
  [{ stop: ['a', 'x'.repeat(257)] }, 'invalid_value', 'stop[1]', /257 bytes/],
  [{ stop: 5 }, 'invalid_value', 'stop', /a string/],
  [{ stop_token_ids: [260] }, 'invalid_value', 'stop_token_ids[0]', /no token 260/],
  [{ stop_token_ids: [-1] }, 'invalid_value', 'stop_token_ids[0]', /integer/],
  [
    { logit_bias: { '260': 1 } },
    'invalid_value',
    'logit_bias.260',
    /no token '.*'; the model has tokens 0 to 259/,
  ],
  [
    { logit_bias: { x: 1 } },
    'invalid_value',
    'logit_bias.x',
    /no token '.*'; the model has tokens 0 to 259/,
  ],
  [
    { logit_bias: { '-1': 1 } },
    'invalid_value',
    'logit_bias.-1',
    /no token '.*'; the model has tokens 0 to 259/,
  ],
  [{ logit_bias: { '1': 101 } }, 'invalid_value', 'logit_bias[1]', /between -100 and 100/],
  [{ logit_bias: [] }, 'invalid_value', 'logit_bias', /object/],
  [
    { logit_bias: Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [i, 0])) },
    'invalid_value',
    'logit_bias',
    /at most 1024/,
  ],
  [{ min_tokens: 9, max_tokens: 8 }, 'invalid_value', 'min_tokens', /more than the 8/],
  [{ ignore_eos: 'yes' }, 'invalid_value', 'ignore_eos', /true or false/],
  [{ stream: 1 }, 'invalid_value', 'stream', /true or false/],
  [
    { stream_options: { include_usage: true } },
    'invalid_value',
    'stream_options',
    /'stream': true/,
  ],
  [
    { stream: false, stream_options: { continuous_usage_stats: true } },
    'invalid_value',
    'stream_options',
    /'stream': true/,
  ],
  [
    { stream: true, stream_options: { include_obfuscation: true } },
    'unsupported_parameter',
    'stream_options.include_obfuscation',
    /not padded/,
  ],
  [
    { stream: true, stream_options: { every: 1 } },
    'unknown_parameter',
    'stream_options.every',
    /Unknown/,
  ],
  [{ user: 5 }, 'invalid_value', 'user', /string/],
  [{ nonsense: 1 }, 'unknown_parameter', 'nonsense', /'nonsense'/],
  [{ model: 'gpt-5' }, 'model_not_found', 'model', /'gpt-5' does not exist/],
  [{ model: 'x'.repeat(257) }, 'invalid_value', 'model', /256 characters/],
  [{ best_of: 2 }, 'unsupported_parameter', 'best_of', /'n'/],
  [{ max_tokens: 5000 }, 'context_length_exceeded', PROMPT, /maximum context length is 512/],
  [{ max_tokens: -1 }, 'invalid_value', 'max_tokens', /integer/],
  [{ max_tokens: Infinity }, 'invalid_value', 'max_tokens', /Infinity/],
];

const CHAT_ONLY: readonly Refusal[] = [
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'invalid_value', 'stop', /at most 4/],
  [{ max_tokens: 0 }, 'invalid_value', 'max_tokens', /at least|between 1/],
  [
    { max_completion_tokens: 5000 },
    'context_length_exceeded',
    PROMPT,
    /lower max_completion_tokens/,
  ],
  [{ top_logprobs: 3 }, 'invalid_value', 'top_logprobs', /'logprobs': true/],
  [{ logprobs: true, top_logprobs: 21 }, 'invalid_value', 'top_logprobs', /between 0 and 20/],
  [{ logprobs: 3 }, 'invalid_value', 'logprobs', /true or false/],
  [{ metadata: { a: 1 } }, 'invalid_value', 'metadata.a', /string/],
  [{ messages: null }, 'missing_required_parameter', 'messages', /Missing/],
  [{ messages: [] }, 'invalid_value', 'messages', /at least 1/],
  [{ messages: 'hi' }, 'invalid_value', 'messages', /list.*got "hi"/],
  [{ messages: ['hi'] }, 'invalid_value', 'messages[0]', /object/],
  [
    { messages: [{ role: 'user' }] },
    'missing_required_parameter',
    'messages[0].content',
    /Missing/,
  ],
  [{ messages: [{ content: 'a' }] }, 'missing_required_parameter', 'messages[0].role', /Missing/],
  [{ messages: [{ role: 'x', content: '' }] }, 'invalid_value', 'messages[0].role', /"developer"/],
  [{ messages: user(7) }, 'invalid_value', 'messages[0].content', /string or a list of text parts/],
  [{ messages: user(['a']) }, 'invalid_value', 'messages[0].content[0]', /object/],
  [
    { messages: user([{ type: 'text' }]) },
    'missing_required_parameter',
    'messages[0].content[0].text',
    /Missing/,
  ],
  [
    { messages: user([{ type: 'image_url', image_url: { url: 'x' } }]) },
    'unsupported_parameter',
    'messages[0].content[0].type',
    /messages may hold text only, not 'image_url'/,
  ],
  [
    { messages: user([{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }]) },
    'unsupported_parameter',
    'messages[0].content[0].type',
    /messages may hold text only/,
  ],
  [
    { messages: [{ role: 'user', content: 'a', wat: 1 }] },
    'unknown_parameter',
    'messages[0].wat',
    /Unknown/,
  ],
  [
    { messages: [{ role: 'assistant', content: 'a', tool_calls: [{}] }] },
    'missing_required_parameter',
    'messages[0].tool_calls[0].function',
    /Missing/,
  ],
  [
    {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ type: 'custom', custom: { name: 'x'.repeat(5000), input: '' } }],
        },
      ],
    },
    'unsupported_parameter',
    'messages[0].tool_calls[0].type',
    /calls are of functions, not 'custom', here of 'x{60}…'/,
  ],
  [
    { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: {} } }] }] },
    'invalid_value',
    'messages[0].tool_calls[0].function.arguments',
    /expected a string, but got an object/,
  ],
  [
    { messages: [{ role: 'user', content: 'a', tool_calls: [] }] },
    'invalid_value',
    'messages[0].tool_calls',
    /assistant/,
  ],
  [
    { messages: [{ role: 'function', content: 'a' }] },
    'missing_required_parameter',
    'messages[0].name',
    /Missing/,
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'file' }] }] },
    'unsupported_parameter',
    'messages[0].content[1].type',
    /not 'file'/,
  ],
  [
    { messages: [{ role: 'user', content: 'a', annotations: [] }] },
    'invalid_value',
    'messages[0].annotations',
    /assistant/,
  ],
  [
    { messages: [{ role: 'tool', content: 'a' }] },
    'missing_required_parameter',
    'messages[0].tool_call_id',
    /Missing/,
  ],
  [
    { messages: [{ role: 'user', content: 'a', reasoning_content: 'b' }] },
    'invalid_value',
    'messages[0].reasoning_content',
    /assistant/,
  ],
  [
    { add_generation_prompt: true, continue_final_message: true },
    'invalid_value',
    'continue_final_message',
    /add_generation_prompt/,
  ],
  [{ continue_final_message: true }, 'invalid_value', 'continue_final_message', /assistant/],
  [{ chat_template_kwargs: 5 }, 'invalid_value', 'chat_template_kwargs', /object/],
  [
    { response_format: { type: 'structural_tag' } },
    'unsupported_parameter',
    'response_format.type',
    /"json_schema"/,
  ],
  [{ reasoning_effort: 'some' }, 'invalid_value', 'reasoning_effort', /"none", "minimal"/],
  [{ verbosity: 'low' }, 'unsupported_parameter', 'verbosity', /length of answers/],
  [{ audio: { voice: 'x', format: 'wav' } }, 'unsupported_parameter', 'audio', /audio/],
  [{ prediction: { type: 'content' } }, 'unsupported_parameter', 'prediction', /predicted outputs/],
  [{ web_search_options: {} }, 'unsupported_parameter', 'web_search_options', /no web search/],
  [{ store: true }, 'unsupported_parameter', 'store', /nothing is stored/],
  [{ service_tier: 'flex' }, 'unsupported_parameter', 'service_tier', /one tier/],
  [{ modalities: ['text', 'audio'] }, 'unsupported_parameter', 'modalities', /only modality/],
  [{ moderation: { model: 'x' } }, 'unsupported_parameter', 'moderation', /no moderation/],
  [
    { prompt_cache_retention: '24h' },
    'unsupported_parameter',
    'prompt_cache_retention',
    /in memory/,
  ],
  [{ prompt_cache_options: {} }, 'unsupported_parameter', 'prompt_cache_options', /in memory/],
];

const COMPLETIONS_ONLY: readonly Refusal[] = [
  [{ stop: Array(17).fill('a') }, 'invalid_value', 'stop', /at most 16/],
  [{ max_tokens: 0 }, 'invalid_value', 'max_tokens', /echo/],
  [{ logprobs: 21 }, 'invalid_value', 'logprobs', /between 0 and 20/],
  [{ logprobs: true }, 'invalid_value', 'logprobs', /integer/],
  [{ suffix: 'x' }, 'unsupported_parameter', 'suffix', /fill in before a suffix/],
  [{ prompt: null }, 'missing_required_parameter', 'prompt', /Missing/],
  [{ prompt: '' }, 'invalid_value', 'prompt', /no tokens/],
  [{ prompt: ['a', ''] }, 'invalid_value', 'prompt[1]', /no tokens/],
  [{ prompt: [] }, 'invalid_value', 'prompt', /not empty/],
  [{ prompt: [[]] }, 'invalid_value', 'prompt[0]', /not empty/],
  [{ prompt: [[1], []] }, 'invalid_value', 'prompt[1]', /not empty/],
  [{ prompt: [1, 260] }, 'invalid_value', 'prompt[1]', /no token 260/],
  [{ prompt: [[1], [2, 999]] }, 'invalid_value', 'prompt[1][1]', /no token 999/],
  [{ prompt: 5 }, 'invalid_value', 'prompt', /a string, a list of token ids .* got 5/],
  [{ prompt: [1, 'a'] }, 'invalid_value', 'prompt[1]', /expected an integer .* got "a"/],
  [{ prompt: [-1] }, 'invalid_value', 'prompt[0]', /expected an integer .* got -1/],
  [
    {
      prompt: [
        [1, 2],
        [1, -1],
      ],
    },
    'invalid_value',
    'prompt[1][1]',
    /an integer .* got -1/,
  ],
  [{ prompt: ['a', 5] }, 'invalid_value', 'prompt[1]', /expected a string, but got 5/],
  [{ prompt: [true] }, 'invalid_value', 'prompt[0]', /a string or an integer .* or a list .* true/],
  [{ prompt: Array(129).fill('a') }, 'invalid_value', 'prompt', /128/],
  [{ prompt: 'x'.repeat(600) }, 'context_length_exceeded', PROMPT, /at least 600 tokens/],
  [{ messages: [] }, 'unknown_parameter', 'messages', /^Unknown parameter: 'messages'\.$/],
];

t.test('what a field cannot be is a 400 that names it', async (t) => {
  const server = await testServer(t);
  const routes = [
    [CHAT, 'messages', user('hi'), [...SHARED, ...CHAT_ONLY]],
    [COMPLETIONS, 'prompt', 'hi', [...SHARED, ...COMPLETIONS_ONLY]],
  ] as const;
  for (const [url, promptField, prompt, refusals] of routes) {
    for (const [fields, code, param, message] of refusals) {
      const body = JSON.stringify({ model: MODEL, [promptField]: prompt, ...fields })
        // JSON has no infinity, but a number that overflows.
        .replace(/"max_tokens":null/, '"max_tokens":1e999');
      const response = await server.app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        payload: body,
      });
      const name = `${url} ${body.slice(0, 120)}`;
      const status = code === 'model_not_found' ? 404 : 400;
      t.equal(response.statusCode, status, name);
      const { error } = response.json<{ error: { message: string } }>();
      t.match(error.message, message, name);
      t.strictSame(
        error,
        {
          code,
          message: error.message,
          type: 'invalid_request_error',
          param: param === PROMPT ? promptField : param,
        },
        name,
      );
      t.strictSame(openaiErrors('ErrorResponse', response.json()), [], name);
    }
  }
  t.equal(server.requests.length, 0, 'nothing reached the engine');
});

t.test('what asks for nothing is accepted, and null is absent', async (t) => {
  const server = await testServer(t, { fake: { next: answering('Ok.') } });
  const accepted: object[] = [
    { user: 'u', safety_identifier: 's', metadata: { a: 'b' }, prompt_cache_key: 'k' },
    { tools: [], tool_choice: 'none', parallel_tool_calls: true },
    { response_format: { type: 'text' }, store: false, service_tier: 'auto', modalities: ['text'] },
    { service_tier: 'default', parallel_tool_calls: false },
    {
      stream_options: null,
      tools: null,
      audio: null,
      reasoning_effort: null,
      response_format: null,
    },
    { temperature: null, n: null, stop: null, max_tokens: null, logit_bias: null, seed: null },
    {
      messages: [
        { role: 'user', content: 'a', name: null },
        { role: 'assistant', content: null },
      ],
    },
    { stop: [] },
    { stream: false, chat_template_kwargs: {} },
    { logprobs: false },
    { logprobs: true, top_logprobs: 0 },
    { stop: ['é'.repeat(128)] },
    { model: null },
    { messages: user([]) },
    { messages: [...user('a'), { role: 'assistant', content: [] }] },
  ];
  for (const fields of accepted) {
    const response = await server.app.inject({
      method: 'POST',
      url: CHAT,
      payload: { model: MODEL, messages: user('hi'), ...fields },
    });
    t.equal(response.statusCode, 200, `${JSON.stringify(fields)} ${response.body.slice(0, 200)}`);
  }
});

t.test('limits are flags', async (t) => {
  const server = await testServer(t, {
    config: { maxSamples: 2, maxChatStopStrings: 1, maxTopLogprobs: 3, maxPrompts: 1 },
  });
  const post = (url: string, body: object) =>
    server.app.inject({ method: 'POST', url, payload: { model: MODEL, ...body } });
  const chat = (body: object) => post(CHAT, { messages: user('hi'), max_tokens: 1, ...body });
  t.equal((await chat({ n: 2, stop: ['a'], logprobs: true, top_logprobs: 3 })).statusCode, 200);
  t.equal((await post(COMPLETIONS, { prompt: ['a'], max_tokens: 1 })).statusCode, 200);
  const refused: [response: Promise<LightMyRequestResponse>, param: string, message: RegExp][] = [
    [chat({ n: 3 }), 'n', /between 1 and 2/],
    [chat({ stop: ['a', 'b'] }), 'stop', /at most 1 entries/],
    [chat({ logprobs: true, top_logprobs: 4 }), 'top_logprobs', /between 0 and 3/],
    [post(COMPLETIONS, { prompt: ['a', 'b'] }), 'prompt', /1 to 1 entries/],
  ];
  for (const [answer, param, message] of refused) {
    const response = await answer;
    t.equal(response.statusCode, 400, param);
    t.match(response.json(), { error: { code: 'invalid_value', param, message } });
  }
});

t.test('hostile nesting does not break validation', async (t) => {
  const server = await testServer(t);
  const depth = 100_000;
  const nested = '['.repeat(depth) + ']'.repeat(depth);
  for (const field of ['messages', 'metadata', 'stop', 'tools', 'logit_bias', 'unknown']) {
    const response = await server.app.inject({
      method: 'POST',
      url: CHAT,
      headers: { 'content-type': 'application/json' },
      payload: `{"model":"${MODEL}","messages":[{"role":"user","content":"a"}],"${field}":${nested}}`,
    });
    t.equal(response.statusCode, 400, field);
    t.equal(response.json<{ error: { code: string } }>().error.code, 'json_too_complex', field);
  }
});
