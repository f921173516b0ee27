/**
 * The thread in which prompts are made. Its first message is a PromptSetup; then it is one job in, one
 * result out.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { KingletError } from '../errors.js';
import { cpuClock, ownTask } from './cpu-clock.js';
import type { FromPromptThread, PromptJob, PromptSetup, ToPromptThread } from './jobs.js';
import { PromptMaker } from './prompt-maker.js';
import type { PromptWorkerData } from './prompt-thread.js';
import { ThreadGuard } from './thread-guard.js';

const port = parentPort as MessagePort;
const { words } = workerData as PromptWorkerData;

function replyTo(job: PromptJob, maker: PromptMaker, guard: ThreadGuard): FromPromptThread {
  try {
    return maker.run(job, guard);
  } catch (error) {
    if (error instanceof KingletError) {
      const { code, message, param } = error;
      return { kind: 'failure', code, message, param };
    }
    const message = `making a prompt failed: ${String((error as Error).stack)}`;
    return { kind: 'failure', code: 'internal_error', message, param: null };
  }
}

port.once('message', (setup: PromptSetup) => {
  const task = ownTask();
  const maker = new PromptMaker(setup);
  const guard = new ThreadGuard(words, cpuClock(task), setup.maxRenderMs);
  port.on('message', ({ number, job }: ToPromptThread) => {
    guard.begin(number);
    port.postMessage(replyTo(job, maker, guard));
  });
  port.postMessage({ kind: 'ready', task } satisfies FromPromptThread);
});
