/** How the engine's worker starts, fails and ends, as its owner sees it. */
import { mock } from 'node:test';
import t from 'tap';
import type { ThreadHandlers } from '../../../src/engine/engine-thread.js';
import type { FromEngine } from '../../../src/engine/messages.js';
import { startWorkerThread } from '../../../src/engine/worker-thread.js';
import { Signal, SIGNAL_WORDS } from '../../../src/native/addon.js';
import { engineOptions, generation } from '../../support/engine.js';
import { EXIT_TOKEN, HANG_TOKEN } from '../../support/fake-addon-module.js';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const FAKE = new URL(`../../support/fake-addon-module.${extension}`, import.meta.url).href;

/** A module of this text, as an addon's. */
const moduleOf = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

/** A worker over an addon's module, what it said, and why it died. */
function start(addonModule: string) {
  const messages: FromEngine[] = [];
  const deaths: string[] = [];
  const wakes: (() => void)[] = [];
  const wake = (): void => wakes.splice(0).forEach((resolve) => resolve());
  const handlers: ThreadHandlers = {
    message: (message) => void (messages.push(message), wake()),
    died: (reason) => void (deaths.push(reason), wake()),
  };
  const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
  const options = engineOptions({ addonModule });
  const thread = startWorkerThread(options, signals, handlers);
  thread.post({ type: 'vocabulary', vocabulary: options });
  /** Waits until as many messages and deaths were told. */
  const told = async (count: number): Promise<void> => {
    while (messages.length + deaths.length < count) {
      await new Promise<void>((resolve) => wakes.push(resolve));
    }
  };
  const submit = (token: number): void =>
    thread.post({
      type: 'submit',
      key: 1,
      request: generation({ prompt: Int32Array.of(token) }),
      submittedAt: 0,
    });
  return { thread, signals, messages, deaths, told, submit };
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

t.test('a worker that is closed ends by itself, and leaves no timer', async (t) => {
  const { thread, signals, messages, deaths, told } = start(FAKE);
  await told(1);
  t.match(messages, [{ type: 'ready', info: { isa: 'fake' } }]);
  t.equal(signals[Signal.cancel], 0);
  const before = timers();
  thread.post({ type: 'close' });
  await Promise.all([thread.ended(), thread.ended()]);
  await thread.ended();
  t.equal(timers(), before, 'the one that would have killed it');
  t.same(deaths, [], 'an end that was asked for is no death');
});

t.test('one that hangs is killed ten seconds after it was closed', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const { thread, signals, deaths, told, submit } = start(FAKE);
  await told(1);
  submit(HANG_TOKEN);
  while (Atomics.load(signals, Signal.heartbeat) === 0) await turn();
  thread.post({ type: 'close' });
  let over = false;
  const ended = thread.ended().then(() => (over = true));
  mock.timers.tick(9_999);
  // Long enough for a worker that was told to end.
  const until = performance.now() + 200;
  while (performance.now() < until) await turn();
  t.notOk(over, 'not before');
  mock.timers.tick(1);
  await ended;
  t.same(deaths, []);
});

t.test('an end that nobody asked for is a death, with its code', async (t) => {
  const { thread, deaths, told, submit } = start(FAKE);
  await told(1);
  submit(EXIT_TOKEN);
  await thread.ended();
  t.same(deaths, ["The engine's thread ended with code 3."]);
});

t.test('so is one while it loads', async (t) => {
  const { thread, messages, deaths } = start(moduleOf('process.exit(7)'));
  await thread.ended();
  t.same(messages, []);
  t.same(deaths, ["The engine's thread ended with code 7."]);
});

t.test('an error that the worker does not catch is told before its end', async (t) => {
  const text = `export const loadAddon = () => { setImmediate(() => { throw new Error('late'); });
    return { GrammarVocabulary: class {}, loadModel: () => ({ info: {} }) }; };`;
  const { thread, deaths } = start(moduleOf(text));
  await thread.ended();
  t.same(deaths, [
    "The engine's thread died: Error: late",
    "The engine's thread ended with code 1.",
  ]);
});

t.test('a module that has no addon is a failure to load', async (t) => {
  const { thread, messages, deaths, told } = start(moduleOf('export const nothing = 1;'));
  await told(1);
  t.match(messages, [{ type: 'failed', code: 'engine_failed', message: /loadAddon/ }]);
  thread.post({ type: 'close' });
  await thread.ended();
  t.same(deaths, []);
});
