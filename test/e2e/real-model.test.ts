/** A server process on a real model, driven by the official openai package. */
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import t from 'tap';
import { REFERENCE } from '../support/reference.js';
import { realModelPath } from '../support/real-model.js';
import { ServerProcess } from '../support/server-process.js';

const model = realModelPath();

interface Chat {
  readonly messages: OpenAI.ChatCompletionMessageParam[];
  readonly prompt_ids: number[];
  readonly greedy_ids: number[];
  readonly greedy_text: string;
  readonly margins: number[];
}
const chats = JSON.parse(
  readFileSync(new URL('smollm2-135m/chats.json', REFERENCE), 'utf8'),
) as Chat[];

const RESULT = 'It is raining, at 11 C.';

/** A tool that tells the weather, and notes which city it was asked for. */
function weatherTool(given: string[]) {
  return {
    type: 'function' as const,
    function: {
      name: 'weather',
      description: 'The weather of a city',
      strict: true,
      parameters: {
        type: 'object',
        properties: { city: { type: 'string', maxLength: 40 } },
        required: ['city'],
        additionalProperties: false,
      },
      parse: JSON.parse as (text: string) => { city: string },
      function: ({ city }: { city: string }) => {
        given.push(city);
        return RESULT;
      },
    },
  };
}

/** A history from which a small model, too, sees that questions about the weather are calls. */
function beforeACall(
  earlier: readonly string[],
  city: string,
): OpenAI.ChatCompletionMessageParam[] {
  const question = (of: string) => ({
    role: 'user' as const,
    content: `What is the weather in ${of}?`,
  });
  const calls = earlier.flatMap((of, i) => [
    question(of),
    {
      role: 'assistant' as const,
      tool_calls: [
        {
          id: `call_${i}`,
          type: 'function' as const,
          function: { name: 'weather', arguments: JSON.stringify({ city: of }) },
        },
      ],
    },
  ]);
  return [...calls, question(city)];
}

t.test(
  'SmolLM2-135M',
  { skip: model === null ? 'the model is not here: no package registry gave it' : false },
  async (t) => {
    const server = await ServerProcess.start(model, [
      '--served-model-name',
      'smollm2',
      '--max-model-len',
      '2048',
    ]);
    t.teardown(() => server.stop());
    const client = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: 'none', maxRetries: 0 });
    const answer = (chat: Chat) =>
      client.chat.completions.create({
        model: 'smollm2',
        messages: chat.messages,
        temperature: 0,
        max_tokens: 48,
      });

    t.test('answers as the reference does, up to the first close call', async (t) => {
      let compared = 0;
      for (const [index, chat] of chats.entries()) {
        const completion = await answer(chat);
        t.equal(completion.usage?.prompt_tokens, chat.prompt_ids.length, `chat ${index}: prompt`);
        const close = chat.margins.findIndex((margin) => margin < 1);
        const certain = chat.greedy_ids.slice(0, close < 0 ? undefined : close);
        const { prompt } = await client.post<{ prompt: string }>(`${server.origin}/detokenize`, {
          body: { tokens: certain },
        });
        const expected = close < 0 ? chat.greedy_text : prompt;
        const content = completion.choices[0]?.message.content ?? '';
        t.equal(content.slice(0, expected.length), expected, `chat ${index}: the text`);
        if (close < 0) t.equal(content.length, expected.length, `chat ${index}: and no more`);
        compared += certain.length;
      }
      t.ok(compared > 50, `${compared} tokens were compared`);
    });

    t.test('streams the same text', async (t) => {
      const whole = await answer(chats[0]!);
      const stream = await client.chat.completions.create({
        model: 'smollm2',
        messages: chats[0]!.messages,
        temperature: 0,
        max_tokens: 48,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null | undefined = null;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage ?? usage;
      }
      t.equal(text, whole.choices[0]?.message.content);
      t.equal(usage?.completion_tokens, whole.usage?.completion_tokens);
    });

    t.test('32 streaming clients, a third of which leave early', async (t) => {
      const alone: string[] = [];
      for (const chat of chats) {
        alone.push((await answer(chat)).choices[0]?.message.content ?? '');
      }
      await Promise.all(
        Array.from({ length: 32 }, async (_, index) => {
          const chat = chats[index % chats.length]!;
          const expected = alone[index % chats.length]!;
          const stream = await client.chat.completions.create({
            model: 'smollm2',
            messages: chat.messages,
            temperature: 0,
            max_tokens: 48,
            stream: true,
          });
          const leaves = index % 3 === 0;
          let text = '';
          let chunks = 0;
          for await (const chunk of stream) {
            text += chunk.choices[0]?.delta.content ?? '';
            if (leaves && ++chunks === 3) {
              stream.controller.abort();
              break;
            }
          }
          const given = leaves ? expected.slice(0, text.length) : expected;
          t.equal(text, given, `client ${index}`);
          if (leaves) t.ok(text.length < expected.length, `client ${index} left before the end`);
        }),
      );
      for (let attempt = 0; (await server.metric('kinglet_num_requests_running')) > 0; attempt++) {
        if (attempt === 100) return t.fail('requests still run after every client left');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      t.equal(await server.metric('kinglet_num_requests_waiting'), 0);
    });

    t.test('n samples, seeds and log-probabilities', async (t) => {
      const request = {
        model: 'smollm2',
        messages: chats[0]!.messages,
        n: 4,
        seed: 11,
        temperature: 0.8,
        max_tokens: 12,
        logprobs: true,
        top_logprobs: 3,
      };
      const first = await client.chat.completions.create(request);
      const second = await client.chat.completions.create(request);
      t.same(
        first.choices.map((choice) => choice.message.content),
        second.choices.map((choice) => choice.message.content),
        'the same seed gives the same samples',
      );
      t.equal(first.choices.length, 4);
      t.equal(first.choices[0]?.logprobs?.content?.[0]?.top_logprobs.length, 3);
      t.ok((second.usage?.prompt_tokens_details?.cached_tokens ?? 0) > 0, 'a prefix hit');
    });

    t.test('runTools calls a tool and answers with its result', async (t) => {
      for (const stream of [false, true]) {
        const given: string[] = [];
        const request = {
          model: 'smollm2',
          messages: beforeACall(['Oslo', 'Rome'], 'Paris'),
          tools: [weatherTool(given)],
          temperature: 0,
          max_tokens: 60,
        };
        const runner = stream
          ? client.chat.completions.runTools({ ...request, stream: true })
          : client.chat.completions.runTools(request);
        const answer = (await runner.finalChatCompletion()).choices[0]!;
        t.strictSame(given, ['Paris'], `stream: ${stream}`);
        t.equal(answer.finish_reason, 'stop');
        t.match(answer.message.content, '11 C', 'the result is in the answer');
        const history = runner.messages.slice(request.messages.length);
        t.strictSame(
          history.map(({ role }) => role),
          ['assistant', 'tool', 'assistant'],
        );
        t.equal(history[1]!.content, RESULT);
        t.match(
          history[0],
          { tool_calls: [{ function: { parsed_arguments: { city: 'Paris' } } }] },
          'what was parsed went back with the call',
        );
      }
    });

    t.test('ResponsesWS', async (t) => {
      const socket = new ResponsesWS(client);
      const events = socket.stream();
      const turn = async (body: Record<string, unknown>) => {
        socket.send({
          type: 'response.create',
          model: 'smollm2',
          temperature: 0,
          max_output_tokens: 24,
          ...body,
        });
        let text = '';
        for (;;) {
          const { value: event, done } = await events.next();
          if (done === true || event.type === 'close') throw new Error('the socket closed');
          if (event.type === 'error') throw event.error;
          if (event.type !== 'message') continue;
          const message = event.message;
          if (message.type === 'response.output_text.delta') text += message.delta;
          if (message.type === 'response.completed' || message.type === 'response.incomplete') {
            return { text, id: message.response.id };
          }
        }
      };
      const first = await turn({ input: 'What is gravity?' });
      t.match(first.text, /gravity/i);
      const continued = await turn({ input: 'Who discovered it?', previous_response_id: first.id });
      const whole = await turn({
        input: [
          { role: 'user', content: 'What is gravity?' },
          { role: 'assistant', content: first.text },
          { role: 'user', content: 'Who discovered it?' },
        ],
      });
      t.equal(continued.text, whole.text, 'continuing is the same as sending the whole history');
      socket.close();
    });

    t.test('SIGTERM ends it with 0', async (t) => {
      t.equal(await server.stop(), 0);
    });
  },
);
