/** A server without requests sleeps: counted in context switches and CPU time of its threads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { REFERENCE } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';
import {
  activityBetween,
  threadActivity,
  type ThreadActivity,
} from '../support/thread-activity.js';

const MODEL = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
const WINDOW_MS = 2000;
/** Garbage collection goes on for some seconds after a burst of work. */
const WINDOWS = 20;
/** A timer of 100 ms would make twice as many. */
const MOST_SWITCHES = 10;
/** A thousandth of the window. */
const MOST_CPU_MS = WINDOW_MS / 1000;

const total = (threads: readonly ThreadActivity[], what: 'cpuMs' | 'switches'): number =>
  threads.reduce((sum, thread) => sum + thread[what], 0);

async function activityWithin(pid: number, ms: number): Promise<ThreadActivity[]> {
  const before = threadActivity(pid);
  await sleep(ms);
  return activityBetween(before, threadActivity(pid));
}

/** The first window in which the process is idle, or the last one. */
async function quietWindow(pid: number): Promise<ThreadActivity[]> {
  let threads: ThreadActivity[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    threads = await activityWithin(pid, WINDOW_MS);
    if (total(threads, 'switches') <= MOST_SWITCHES && total(threads, 'cpuMs') <= MOST_CPU_MS)
      break;
  }
  return threads;
}

t.test('an idle server', async (t) => {
  const server = await ServerProcess.start(MODEL, ['--alias', 'm', '--threads', '3']);
  t.teardown(() => server.stop());
  const idle = async (when: string): Promise<void> => {
    const threads = await quietWindow(server.pid);
    const switches = total(threads, 'switches');
    const cpuMs = total(threads, 'cpuMs');
    t.ok(switches <= MOST_SWITCHES, `${when}: ${switches} switches in ${WINDOW_MS} ms`, {
      threads,
    });
    t.ok(cpuMs <= MOST_CPU_MS, `${when}: ${cpuMs} ms of CPU in ${WINDOW_MS} ms`, { threads });
  };
  await idle('before the first request');

  const answer = await fetch(`${server.origin}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', prompt: 'Hi', max_tokens: 20, ignore_eos: true }),
  });
  t.equal(answer.status, 200);
  await answer.text();
  await sleep(5);
  const after = await activityWithin(server.pid, 100);
  const pool = [...threadActivity(server.pid).values()].filter(
    ({ name }) => name === 'kinglet-pool',
  );
  t.equal(pool.length, 2, 'the pool is there');
  t.strictSame(
    after.filter(({ name }) => name === 'kinglet-pool'),
    [],
    'and sleeps once the last step is over',
  );
  await idle('after a request');
});
