import t from 'tap';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { cpuClock, ownTask } from '../../../src/prompts/cpu-clock.js';

t.test('counts what the thread computes, and not what it sleeps', async (t) => {
  const clock = cpuClock(ownTask());
  const before = clock();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const slept = clock() - before;
  t.ok(slept < 200, `${slept} ms of CPU while asleep for 300 ms`);
  const started = clock();
  const deadline = performance.now() + 30_000;
  while (clock() - started < 100 && performance.now() < deadline) spin();
  t.ok(clock() - started >= 100, 'and grows while it computes');
});

t.test("another thread's clock can be read", async (t) => {
  const module = JSON.stringify(new URL('../../../src/prompts/cpu-clock.js', import.meta.url).href);
  const worker = new Worker(
    `import(${module}).then(({ ownTask }) => {
       require('node:worker_threads').parentPort.postMessage(ownTask());
       const end = process.cpuUsage().user + 1e6;
       while (process.cpuUsage().user < end);
     });`,
    { eval: true },
  );
  const [task] = (await once(worker, 'message')) as [string | null];
  t.match(task, /^\/proc\/\d+\/task\/\d+$/);
  const clock = cpuClock(task);
  const before = clock();
  const own = cpuClock(ownTask());
  const ownBefore = own();
  const exit = once(worker, 'exit');
  const deadline = performance.now() + 30_000;
  while (clock() - before < 200 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.ok(clock() - before >= 200, 'it grows while that thread computes');
  t.ok(own() - ownBefore < 200, 'and this one waits');
  await exit;
  const used = clock();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(clock(), used, 'what has ended uses no more');
});

t.test('without /proc it measures elapsed time', async (t) => {
  const clock = cpuClock(null);
  const before = clock();
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.ok(clock() - before >= 45);
});

function spin(): void {
  for (let i = 0, x = 0; i < 1e6; i++) x = (x * 31 + i) | 0;
}
