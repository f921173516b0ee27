/** OpenAI's own client runs tools against the server, unchanged, whole and streamed. */
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import t, { type Test } from 'tap';
import { answeringPrompts } from '../support/prompt-answers.js';
import { MODEL, testServer } from '../support/test-server.js';

const call = (name: string, text: string) =>
  `<tool_call>\n{"name": "${name}", "arguments": ${text}}\n</tool_call>`;

/** What a model would say to a question that takes two calls, one after the other. */
const twoCalls = answeringPrompts((prompt) => {
  if (prompt.includes('\nrain\n</tool_response>')) return 'Take an umbrella: rain in Genève.';
  return prompt.includes('\nGenève\n</tool_response>')
    ? `So ${call('get_weather', '{"city": "Genève"}')}`
    : call('where_am_i', '{}');
});

async function clientOf(t: Test): Promise<OpenAI> {
  const server = await testServer(t, { contextLength: 8192, fake: { next: twoCalls } });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  return new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none', maxRetries: 0 });
}

function tools(asked: string[]) {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  return [
    {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'The weather',
        parameters,
        parse: JSON.parse as (text: string) => { city: string },
        function: ({ city }: { city: string }) => {
          asked.push(city);
          return 'rain';
        },
      },
    },
    {
      type: 'function' as const,
      function: {
        name: 'where_am_i',
        description: 'The place',
        parameters: { type: 'object', properties: {} },
        parse: JSON.parse as (text: string) => object,
        function: () => {
          asked.push('');
          return 'Genève';
        },
      },
    },
  ];
}

const messages = [{ role: 'user' as const, content: 'Do I need an umbrella?' }];
const ANSWER = 'Take an umbrella: rain in Genève.';

t.test('runTools', async (t) => {
  const client = await clientOf(t);
  for (const stream of [false, true]) {
    const asked: string[] = [];
    const body = { model: MODEL, messages, tools: tools(asked) };
    const runner = stream
      ? client.chat.completions.runTools({ ...body, stream: true })
      : client.chat.completions.runTools(body);
    t.equal(await runner.finalContent(), ANSWER, `stream: ${stream}`);
    t.strictSame(asked, ['', 'Genève']);
    t.strictSame(
      runner.messages.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'assistant', 'tool', 'assistant'],
    );
    const second = runner.messages[3] as OpenAI.ChatCompletionAssistantMessageParam;
    t.equal(second.content, 'So', 'words beside a call');
  }
});

t.test('the stream helper puts calls together', async (t) => {
  const client = await clientOf(t);
  const offered = tools([]).map(({ type, function: { name, parameters } }) => ({
    type,
    function: { name, parameters },
  }));
  const body = { model: MODEL, messages, tools: offered };
  const finished: string[] = [];
  const helper = client.chat.completions.stream(body);
  helper.on('tool_calls.function.arguments.done', ({ name, arguments: text }) =>
    finished.push(`${name} ${text}`),
  );
  const streamed = (await helper.finalChatCompletion()).choices[0]!;
  const whole = (await client.chat.completions.create(body)).choices[0]!;
  t.strictSame(finished, ['where_am_i {}']);
  t.strictSame(
    streamed.message.tool_calls!.map((each) => each.type === 'function' && each.function),
    [(whole.message.tool_calls![0] as { function: object }).function],
  );
  t.strictSame([streamed.finish_reason, whole.finish_reason], ['tool_calls', 'tool_calls']);
}); // prettier-ignore
