import t from 'tap';
import type { Test } from 'tap';
import type { TextPrompt } from '../../../src/prompts/jobs.js';
import { PromptThreads } from '../../../src/prompts/prompt-threads.js';
import { Prompts, type PromptOptions } from '../../../src/prompts/prompts.js';
import { byteTokenizer } from '../../support/byte-tokenizer.js';
import { chatInput } from '../../support/chat-input.js';
import { refused } from '../../support/refused.js';

/** Templates that do what the message says: loop for ever, or take a while. */
const TEMPLATE =
  '{% if messages[0].content == "loop" %}' +
  '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}' +
  '{% endif %}<|im_start|>{{ messages[0].content }}';

const LIMITS: PromptOptions = { maxQueuedBytes: 1e9, maxRenderMs: 60_000 };

function prompts(t: Test, options: Partial<PromptOptions> = {}): Prompts {
  const made = new Prompts(byteTokenizer(TEMPLATE), { ...LIMITS, ...options });
  t.teardown(() => made.close());
  return made;
}

const chat = (content: string) => chatInput([{ role: 'user', content }]);
const forEver = () => new AbortController().signal;
const free = { contextLength: null };

function texts(...texts: string[]): TextPrompt[] {
  return texts.map((text, i) => ({ text, field: `prompt[${i}]` }));
}

t.test('texts and chats become ids', async (t) => {
  const own = prompts(t);
  const terms = { signal: forEver(), ...free };
  t.same(await own.encode(texts('aé', '<|im_end|>'), 'parse', terms), [
    { text: 'aé', field: 'prompt[0]', ids: Int32Array.of(97, 0xc3, 0xa9) },
    { text: '<|im_end|>', field: 'prompt[1]', ids: Int32Array.of(258) },
  ]);
  const [plain] = await own.encode(texts('<|im_end|>'), 'plain', terms);
  t.same(plain?.ids, Int32Array.from(Buffer.from('<|im_end|>')));
  const result = await own.chat(chat('<|im_end|>'), { ...terms, withText: true });
  t.equal(result.text, '<|im_start|><|im_end|>');
  t.same([...result.ids], [257, ...Buffer.from('<|im_end|>')]);
});

t.test(
  'what can not fit is refused by its bytes, the rest when the context is passed',
  async (t) => {
    const own = prompts(t);
    const terms = { signal: forEver(), contextLength: 1000 };
    const fits = (text: string) => own.encode(texts('a', text), 'parse', terms);
    t.equal((await fits('b'.repeat(1000)))[1]?.ids.length, 1000);
    const error = await refused(fits('b'.repeat(100_000)));
    t.match(error, { code: 'context_length_exceeded', param: 'prompt[1]' });
    t.match(error.message, /1000 tokens.* 100000 bytes has at least \d+ tokens.*prompt\[1\]/);
    const rendered = await refused(own.chat(chat('b'.repeat(5000)), terms));
    t.match(rendered, { code: 'context_length_exceeded', param: 'messages' });
  },
);

t.test('a short prompt does not wait for a long one', async (t) => {
  const own = prompts(t);
  await own.start();
  const controller = new AbortController();
  const padding = JSON.stringify({ padding: 'x'.repeat(100_000) });
  const long = own.chat(
    { ...chat('loop'), templateKwargsJson: padding },
    { signal: controller.signal, ...free },
  );
  const outcome = refused(long);
  const [short] = await own.encode(texts('hi'), 'parse', { signal: forEver(), ...free });
  t.equal(short?.ids.length, 2);
  controller.abort();
  t.equal((await outcome).code, 'cancelled', 'the long one ran until now');
});

t.test('a prompt does not wait for a grammar', async (t) => {
  const own = prompts(t);
  const controller = new AbortController();
  const { signal } = controller;
  const sets = Array.from({ length: 4000 }, (_, i) => `[^${String.fromCodePoint(0x4e00 + i)}]`);
  const regex = { kind: 'regex', text: sets.join('') } as const;
  let compiled = false;
  const grammar = refused(own.grammar(regex, 'guided_regex', signal)).then((error) => {
    compiled = true;
    return error;
  });
  await own.encode(texts('ab'), 'parse', { signal, ...free });
  await own.chat(chat('hi'), { signal, ...free });
  t.notOk(compiled, 'both were made while it was compiled');
  controller.abort();
  t.equal((await grammar).code, 'cancelled');
});

t.test('an aborted prompt ends, whether it waits or runs', async (t) => {
  const own = prompts(t);
  await own.start();
  const running = new AbortController();
  const waiting = new AbortController();
  const first = own.chat(chat('loop'), { signal: running.signal, ...free });
  const second = own.chat(chat('hi'), { signal: waiting.signal, ...free });
  const third = own.chat(chat('hi'), { signal: forEver(), ...free });
  t.match(own.stats('short'), { requests: 2 });
  waiting.abort();
  t.equal((await refused(second)).code, 'cancelled');
  t.match(own.stats('short'), { requests: 1 });
  running.abort();
  t.equal((await refused(first)).code, 'cancelled');
  t.equal((await third).ids.length, 3, 'and the thread goes on');
  const gone = own.chat(chat('hi'), { signal: AbortSignal.abort(), ...free });
  t.equal((await refused(gone)).code, 'cancelled');
});

t.test('beyond its bound the queue is full', async (t) => {
  const own = prompts(t, { maxQueuedBytes: 10_000 });
  await own.start();
  const controller = new AbortController();
  const { signal } = controller;
  const running = own.chat(chat('loop'), { signal, ...free });
  const waiting = own.encode(texts('x'.repeat(9000)), 'parse', { signal, ...free });
  const error = await refused(own.encode(texts('x'.repeat(2000)), 'parse', { signal, ...free }));
  t.match(error, { code: 'queue_full', status: 429 });
  t.ok(error.retryAfter !== null && error.retryAfter >= 1);
  t.match(own.stats('short'), { requests: 1, bytes: 9000, refused: 1 });
  const outcomes = [refused(running), refused(waiting)];
  controller.abort();
  for (const outcome of outcomes) t.equal((await outcome).code, 'cancelled');
});

t.test('a template that takes too long is ended, and the next prompt is made', async (t) => {
  const own = prompts(t, { maxRenderMs: 200 });
  const terms = { signal: forEver(), ...free };
  const error = await refused(own.chat(chat('loop'), terms));
  t.match(error, { code: 'template_failed', param: 'messages' });
  t.match(error.message, /200 ms of CPU time \(--max-render-ms\)/);
  t.equal((await own.chat(chat('hi'), terms)).ids.length, 3);
});

t.test(
  'a grammar that ends its thread is refused, and what waits is done by another',
  async (t) => {
    const own = prompts(t);
    const signal = forEver();
    // Far more than requests may hold: its code points do not fit into a thread's memory.
    const names = Array.from({ length: 60_000 }, (_, i) => [String(i).padStart(1000, 'x'), true]);
    const schema = {
      properties: Object.fromEntries(names) as object,
      patternProperties: { b: {} },
    };
    const text = JSON.stringify(schema);
    const grammar = own.grammar({ kind: 'schema', text }, 'guided_json', signal);
    const waiting = own.encode(texts('x'.repeat(100_000)), 'parse', { signal, ...free });
    const error = await refused(grammar);
    t.match(error, { code: 'invalid_value', param: 'guided_json', status: 400 });
    t.match(error.message, /compiling it ended its thread: .*memory/);
    t.equal((await waiting)[0]?.ids.length, 100_000);
  },
);

t.test('what a grammar is told is short', async (t) => {
  const own = prompts(t);
  const deep = `${'{"not":'.repeat(5000)}{}${'}'.repeat(5000)}`;
  for (const source of [
    { kind: 'schema', text: deep },
    { kind: 'ebnf', text: `root ::= ${'n'.repeat(10_000)}` },
    { kind: 'schema', text: JSON.stringify({ $ref: `#/${'é'.repeat(9999)}` }) },
  ] as const) {
    const error = await refused(own.grammar(source, 'guided_json', forEver()));
    t.match(error, { code: 'invalid_value', param: 'guided_json' });
    t.ok(error.message.length < 800, error.message);
  }
});

t.test('what runs or waits when it is closed is told so', async (t) => {
  const own = prompts(t);
  await own.start();
  const signal = forEver();
  const running = own.chat(chat('loop'), { signal, ...free });
  const waiting = own.chat(chat('hi'), { signal, ...free });
  const outcomes = [refused(running), refused(waiting)];
  await own.close();
  for (const outcome of outcomes) t.equal((await outcome).code, 'shutting_down');
  t.equal((await refused(own.chat(chat('hi'), { signal, ...free }))).code, 'shutting_down');
});

t.test('threads that were started before the tokenizer was there', async (t) => {
  const threads = new PromptThreads(1e9);
  t.teardown(() => threads.close());
  let ready = false;
  const started = threads.start().then(() => (ready = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(ready, false, 'a thread without a tokenizer is not ready');
  const own = new Prompts(byteTokenizer(TEMPLATE), LIMITS, threads);
  await started;
  const terms = { signal: forEver(), ...free };
  const [short, long] = await Promise.all([
    own.encode(texts('ab'), 'parse', terms),
    own.encode(texts('b'.repeat(100_000)), 'parse', terms),
  ]);
  t.same(short[0]?.ids, Int32Array.of(97, 98));
  t.equal(long[0]?.ids.length, 100_000, 'a thread that its first job starts');
});

t.test('threads that are closed before the tokenizer was there', async (t) => {
  const threads = new PromptThreads(1e9);
  const started = threads.start();
  started.catch(() => undefined);
  await threads.close();
  t.match(await refused(started), { code: 'shutting_down' });
});
