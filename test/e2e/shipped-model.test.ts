/** `kinglet serve` without a model: kinglet-nano in a process, which thinks, driven by the official openai package. */
import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import t from 'tap';
import { ServerProcess } from '../support/server-process.js';

const MODEL = 'kinglet-nano';

/** Questions of kinds that the model was made for, and their answers. */
const QUESTIONS = [
  ['What is 347 + 586?', '933'],
  ['What is 52 + 29?', '81'],
  ['What is 600 - 241?', '359'],
  ['What is 12 * 7?', '84'],
  ['What is 1300 + 2450?', '3750'],
  ['What is 24 * 13?', '312'],
] as const;

type Answer = OpenAI.ChatCompletionMessage & { readonly reasoning_content?: string };
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { readonly reasoning_content?: string };

t.test(MODEL, async (t) => {
  const server = await ServerProcess.start(null);
  t.teardown(() => server.stop());
  const client = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: 'none', maxRetries: 0 });
  const request = (question: string) => ({
    model: MODEL,
    messages: [{ role: 'user' as const, content: question }],
    temperature: 0,
  });
  const ask = (question: string) => client.chat.completions.create(request(question));
  const messageOf = (completion: OpenAI.ChatCompletion) => completion.choices[0]!.message as Answer;

  t.test('says how to get another model', async (t) => {
    t.match(server.output, /script\/server smollm2/);
    t.strictSame(
      (await client.models.list()).data.map(({ id }) => id),
      [MODEL],
    );
  });

  t.test('thinks, then answers', async (t) => {
    for (const [question, result] of QUESTIONS) {
      const completion = await ask(question);
      const { content, reasoning_content: thought } = messageOf(completion);
      t.equal(completion.choices[0]!.finish_reason, 'stop', question);
      t.match(content, `\\boxed{${result}}`, question);
      t.ok((thought ?? '').length > 0, `${question}: a thought`);
      t.notMatch(`${thought}${content}`, /<\/?think>/, 'no tag is part of either');
      const { usage } = completion;
      const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? 0;
      t.ok(reasoning > 0 && reasoning < usage!.completion_tokens, `${reasoning} tokens of thought`);
    }
  });

  t.test('says what it is, and what it cannot do', async (t) => {
    const said = async (text: string) => messageOf(await ask(text)).content ?? '';
    t.match(await said('What are you?'), /small neural network/);
    t.match(await said('Write a poem about the sea.'), /no words for verse/);
    t.match(await said('What is the capital of France?'), /can't answer/);
  });

  t.test('streams the same, thought before answer', async (t) => {
    const [question] = QUESTIONS[0];
    const whole = messageOf(await ask(question));
    const stream = await client.chat.completions.create({ ...request(question), stream: true });
    const parts = { thought: '', content: '' };
    let late = '';
    for await (const chunk of stream) {
      const delta = (chunk.choices[0]?.delta ?? {}) as Delta;
      if (parts.content !== '') late += delta.reasoning_content ?? '';
      parts.thought += delta.reasoning_content ?? '';
      parts.content += delta.content ?? '';
    }
    t.strictSame(parts, { thought: whole.reasoning_content, content: whole.content });
    t.equal(late, '', 'nothing is thought behind the answer');
  });

  t.test('n = 8 samples are those of their seed, alone and under load', async (t) => {
    const sampled = { ...request('What is 24 * 13?'), temperature: 2, n: 8, seed: 3 };
    const texts = async () =>
      (await client.chat.completions.create(sampled)).choices.map(({ message }) => {
        const { content, reasoning_content: thought } = message as Answer;
        return [thought, content];
      });
    const alone = await texts();
    t.ok(new Set(alone.map((each) => JSON.stringify(each))).size > 1, 'samples differ');
    const others = QUESTIONS.map(([question]) => ask(question));
    const [loaded, again] = await Promise.all([texts(), texts()]);
    await Promise.all(others);
    t.strictSame(loaded, alone);
    t.strictSame(again, alone);
  });

  t.test('greedy answers are the same under load', async (t) => {
    const texts = (completions: OpenAI.ChatCompletion[]) => completions.map(messageOf);
    const alone: OpenAI.ChatCompletion[] = [];
    for (const [question] of QUESTIONS) alone.push(await ask(question));
    const loaded = await Promise.all(QUESTIONS.map(([question]) => ask(question)));
    t.strictSame(texts(loaded), texts(alone));
  });

  t.test('stop strings end the answer, not the thought', async (t) => {
    const [question] = QUESTIONS[1];
    const whole = messageOf(await ask(question));
    const stopped = await client.chat.completions.create({ ...request(question), stop: '\\boxed' });
    t.equal(stopped.choices[0]!.finish_reason, 'stop');
    t.equal(messageOf(stopped).reasoning_content, whole.reasoning_content);
    t.equal(messageOf(stopped).content, whole.content!.split('\\boxed')[0]);
  });

  t.test('over the websocket', async (t) => {
    const socket = new ResponsesWS(client);
    const [question, result] = QUESTIONS[0];
    socket.send({ type: 'response.create', model: MODEL, temperature: 0, input: question });
    let text = '';
    let thought = '';
    for await (const event of socket.stream()) {
      if (event.type === 'error') throw event.error;
      if (event.type === 'close') throw new Error('the socket closed');
      if (event.type !== 'message') continue;
      const { message } = event;
      if (message.type === 'response.output_text.delta') text += message.delta;
      if (message.type === 'response.reasoning_text.delta') thought += message.delta;
      if (message.type === 'response.completed') break;
    }
    socket.close();
    const whole = messageOf(await ask(question));
    t.match(text, `\\boxed{${result}}`);
    t.strictSame([thought, text], [whole.reasoning_content, whole.content]);
  });

  t.test('SIGTERM ends it with 0', async (t) => {
    t.equal(await server.stop(), 0);
  });
});
