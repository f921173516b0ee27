/** Tools over the websocket: calls as items and events, results as input, histories that hold both. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import { answeringPrompts } from '../support/prompt-answers.js';
import { openResponsesErrors } from '../support/open-responses.js';
import { openaiErrors } from '../support/openai-schema.js';
import { answering, MODEL, testServer, type TestServerOptions } from '../support/test-server.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- frames are looked into freely
type Frame = Record<string, any>;

const ARGUMENTS = '{"city": "Zürich 🌦"}';
const CALL = `<tool_call>\n{"name": "get_weather", "arguments": ${ARGUMENTS}}\n</tool_call>`;
const NOW = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>';
const TOOLS = [
  {
    type: 'function',
    name: 'get_weather',
    description: null,
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    strict: false,
  },
  { type: 'function', name: 'now', parameters: null, strict: null, description: 'The time' },
];

/** A client that asks once at a time; every frame is checked against OpenAI's description. */
async function connected(t: Test, options: TestServerOptions) {
  const server = await testServer(t, { contextLength: 8192, ...options });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/responses`);
  await once(socket, 'open');
  t.teardown(() => socket.terminate());
  const ask = async (body: Frame): Promise<Frame[]> => {
    const frames: Frame[] = [];
    const done = new Promise<void>((resolve) => {
      const listen = (data: Buffer): void => {
        const frame = JSON.parse(data.toString()) as Frame;
        frames.push(frame);
        if (!/^error$|^response\.(completed|incomplete|failed)$/.test(frame['type'] as string)) return;
        socket.off('message', listen);
        resolve();
      };
      socket.on('message', listen);
    }); // prettier-ignore
    socket.send(JSON.stringify({ type: 'response.create', model: MODEL, tools: TOOLS, ...body }));
    await done;
    for (const frame of frames) {
      if (frame['type'] === 'error') continue;
      t.strictSame(openaiErrors('ResponsesServerEvent', frame), [], frame['type'] as string);
      if (frame['response'] !== undefined) t.strictSame(openResponsesErrors(frame['response']), []);
    }
    return frames;
  };
  const prompt = (): string => server.model.tokenizer.decode(server.requests.at(-1)!.promptIds);
  return { server, ask, prompt };
}

const last = (frames: readonly Frame[]): Frame => frames.at(-1)!['response'] as Frame;

t.test('calls, event by event', async (t) => {
  const next = answering(`Let me see.\n${CALL}\n${NOW}`);
  const { ask, prompt } = await connected(t, { fake: { next } });
  const frames = await ask({ input: 'Weather?' });
  t.match(prompt(), '{"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}\n{"name": "now", "description": "The time"}\n</tools>'); // prettier-ignore
  const types = frames.map((frame) => frame['type'] as string);
  t.same(
    types.filter((type, i) => type !== types[i - 1]),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ],
  );
  const { output, tools, tool_choice: choice, parallel_tool_calls: parallel } = last(frames);
  t.match(output, [
    { type: 'message', content: [{ text: 'Let me see.' }] },
    { type: 'function_call', id: /^fc_/, call_id: /^call_/, name: 'get_weather', status: 'completed' },
    { type: 'function_call', name: 'now', arguments: '{}', status: 'completed' },
  ]); // prettier-ignore
  t.equal(output[1].arguments, ARGUMENTS);
  t.strictSame([choice, parallel, tools.length, tools[1].parameters], ['auto', true, 2, null]);
  const of = (type: string) =>
    frames.filter((frame) => frame['type'] === type && frame['output_index'] === 1);
  const deltas = of('response.function_call_arguments.delta');
  t.equal(deltas.map((frame) => frame['delta'] as string).join(''), ARGUMENTS);
  t.ok(deltas.every((frame) => frame['item_id'] === output[1].id));
  t.match(of('response.output_item.added'), [
    { item: { call_id: output[1].call_id, arguments: '', status: 'in_progress' } },
  ]);
  t.match(of('response.function_call_arguments.done'), [{ name: 'get_weather', arguments: ARGUMENTS }]);
}); // prettier-ignore

t.test('two steps, on a response that is continued and on a history that is sent', async (t) => {
  const next = answeringPrompts((prompt) =>
    prompt.includes('21 C\n</tool_response>') ? '<think>so</think>21 C.' : `<think>look</think>${CALL}`,
  ); // prettier-ignore
  const tokenizer = byteTokenizer(BYTE_THINKING_TEMPLATE);
  const { ask, prompt } = await connected(t, { fake: { next }, tokenizer });
  const first = last(await ask({ input: 'Weather?', instructions: 'Be brief.' }));
  t.match(first['output'], [
    { type: 'reasoning' },
    { type: 'function_call', name: 'get_weather', arguments: ARGUMENTS },
  ]);
  t.equal(first['output'].length, 2, 'no empty message');
  const call = first['output'][1] as Frame;
  const result = { type: 'function_call_output', call_id: call['call_id'], output: '21 C' };
  const second = last(await ask({ input: [result], previous_response_id: first['id'] }));
  t.match(second['output'].at(-1), { type: 'message', content: [{ text: '21 C.' }] });
  const continued = prompt();
  t.match(continued, `user\nWeather?<|im_end|>\n<|im_start|>assistant\n${CALL}<|im_end|>\n<|im_start|>user\n<tool_response>\n21 C\n</tool_response><|im_end|>`); // prettier-ignore
  const input = [
    { role: 'user', content: 'Weather?' },
    ...(first['output'] as Frame[]),
    { ...result, output: [{ type: 'input_text', text: '21 C' }], status: 'completed', id: 'fc_1' },
  ];
  t.match(last(await ask({ input }))['output'].at(-1), { content: [{ text: '21 C.' }] });
  t.equal(prompt(), continued, 'the same prompt');
  const third = await ask({ input: 'Thanks', previous_response_id: second['id'] });
  t.equal(last(third)['status'], 'completed');
  t.match(prompt(), '21 C.<|im_end|>\n<|im_start|>user\nThanks');
});

t.test('items of a history become turns', async (t) => {
  const template =
    '{% for m in messages %}[{{ m.role }}{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}: {{ m.content }}' +
    '{% for c in m.tool_calls %} {{ c.id }}={{ c.function.name }}{{ c.function.arguments }}{% endfor %}{{ m.tool_call_id }}]{% endfor %}{{ "assistant\\n" }}';
  const { ask, prompt } = await connected(t, {
    fake: { next: answering('ok') },
    tokenizer: byteTokenizer(template),
    config: { toolCallParser: 'off' },
  });
  const called = (id: string, text = '{}') => ({ type: 'function_call', call_id: id, name: 'f', arguments: text });
  const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: id.toUpperCase() });
  const input = [
    { role: 'user', content: 'x' },
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'hm' }] },
    { role: 'assistant', content: 'Well' },
    called('a', '{"b": 1}'),
    called('b', 'no JSON'),
    output('b'),
    output('nobody'),
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'again' }] },
    called('c'),
    called('d'),
  ];
  const frames = await ask({ input, tools: [] });
  t.equal(last(frames)['status'], 'completed');
  t.equal(
    prompt(),
    "[user: x][assistant(hm): Well a=f{'b': 1} b=fno JSON][tool: Bb][tool: NOBODYnobody]" +
      '[assistant(again):  c=f{} d=f{}]assistant\n',
  );
}); // prettier-ignore

t.test('what a cut call looks like, and what may be called', async (t) => {
  const { ask, prompt } = await connected(t, { fake: { next: answering(`${CALL}\n${NOW}`) } });
  const cut = last(await ask({ input: 'x', max_output_tokens: 60 }));
  t.match(cut, {
    status: 'incomplete',
    output: [{ type: 'function_call', status: 'incomplete', arguments: /^\{"ci/ }],
  });
  t.equal(last(await ask({ input: 'x', parallel_tool_calls: false }))['output'].length, 1);
  const none = last(await ask({ input: 'x', tool_choice: 'none' }));
  t.match(none['output'], [{ type: 'message', content: [{ text: /^<tool_call>/ }] }]);
  t.notMatch(prompt(), '<tools>');
  const choice = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'now' }] };
  const allowed = last(
    await ask({ input: 'x', tool_choice: choice, parallel_tool_calls: false }),
  );
  t.match(allowed, { tool_choice: choice, output: [{ name: 'now' }] });
  t.equal(allowed['output'].length, 1, 'no call of another tool');
}); // prettier-ignore

t.test('what cannot be is named', async (t) => {
  const { ask } = await connected(t, { fake: { next: answering('ok') } });
  const tool = (fields: object) => ({ tools: [{ type: 'function', name: 'f', ...fields }] });
  const cases: readonly (readonly [body: Frame, param: string, words: RegExp])[] = [
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type', /not 'web_search'/],
    [{ tools: [{ type: 'custom', name: 'x' }] }, 'tools[0].type', /'custom', here 'x'/],
    [tool({ name: 'a b' }), 'tools[0].name', /"a b"/],
    [tool({ parameters: 1 }), 'tools[0].parameters', /an object/],
    [tool({ defer_loading: true }), 'tools[0].defer_loading', /no search/],
    [tool({ output_schema: {} }), 'tools[0].output_schema', /text/],
    [tool({ function: { name: 'f' } }), 'tools[0].function', /Unknown/],
    [{ tool_choice: { type: 'function', name: 'then' } }, 'tool_choice', /"then"/],
    [{ tool_choice: { type: 'file_search' } }, 'tool_choice.type', /not 'file_search'/],
    [{ tools: [], tool_choice: 'required' }, 'tool_choice', /no tools that could/],
    [{ max_tool_calls: 3 }, 'max_tool_calls', /runs no tools/],
    [{ input: [{ type: 'function_call', call_id: 'a', name: 'f' }] }, 'input[0].arguments', /Missing/],
    [{ input: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: {} }] }, 'input[0].arguments', /a string/],
    [{ input: [{ type: 'function_call_output', call_id: 'a' }] }, 'input[0].output', /Missing/],
    [{ input: [{ type: 'function_call_output', call_id: 'a', output: 5 }] }, 'input[0].output', /text|string/],
  ];
  for (const [body, param, message] of cases) {
    const [frame] = await ask({ input: 'x', ...body });
    t.match(frame, { type: 'error', status: 400, error: { param, message } }, JSON.stringify(body));
  }
}); // prettier-ignore
