import { Worker } from 'node:worker_threads';
import type { EngineThread, StartThread } from './engine-thread.js';
import { Signal } from '../native/addon.js';
import { unpackTurn } from './packed-turn.js';
import type { WorkerData, WorkerMessage } from './worker.js';

/**
 * A step's messages are soon garbage: V8's default, 48 MB, would be touched from end to end for what
 * fits into a few. No limit to what the thread may hold.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 12 };
/** A worker that doesn't end by itself after `close` is killed after this. */
const CLOSE_MS = 10_000;

const fromSources = import.meta.url.endsWith('.ts');

/**
 * Compiled, the entry is worker.js beside this file. Where the sources run (tests under tsx), a new
 * thread can't read TypeScript before it has registered tsx again.
 */
function startWorker(workerData: WorkerData): Worker {
  const entry = new URL(fromSources ? './worker.ts' : './worker.js', import.meta.url);
  const threadOptions = { workerData, resourceLimits: RESOURCE_LIMITS };
  if (!fromSources) return new Worker(entry, threadOptions);
  const tsx = import.meta.resolve('tsx/esm/api');
  const script = `import('${tsx}').then((tsx) => { tsx.register(); return import('${entry.href}'); })`;
  return new Worker(script, { ...threadOptions, eval: true });
}

/** Runs the engine's loop in a worker thread. */
export const startWorkerThread: StartThread = (options, signals, handlers): EngineThread => {
  const worker = startWorker({ options, signals, addonModule: options.addonModule });
  let closing = false;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      if (!closing) handlers.died(`The engine's thread ended with code ${code}.`);
      resolve();
    });
  });
  worker.on('message', (message: WorkerMessage) => {
    if ('type' in message) {
      handlers.message(message);
      return;
    }
    const [delivery, turn] = message;
    handlers.message(unpackTurn(turn));
    if (delivery === 0) return;
    // By then all that the message brought has been written. A later turn's number stays.
    setImmediate(() => Atomics.compareExchange(signals, Signal.delivering, delivery, 0));
  });
  worker.on('error', (error) => handlers.died(`The engine's thread died: ${String(error)}`));
  return {
    post: (message) => {
      if (message.type === 'close') closing = true;
      worker.postMessage(message);
    },
    ended: async () => {
      const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
};
