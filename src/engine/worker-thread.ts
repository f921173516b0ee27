import { Worker } from 'node:worker_threads';
import type { EngineThread, StartThread } from './client.js';
import type { FromEngine } from './messages.js';
import type { WorkerData } from './worker.js';

/** A worker that doesn't end by itself after `close` is killed after this. */
const CLOSE_MS = 10_000;

// The same folder holds worker.ts when the sources run, worker.js when they were compiled.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Runs the engine's loop in a worker thread. */
export const startWorkerThread: StartThread = (options, signals, handlers): EngineThread => {
  const workerData: WorkerData = {
    options,
    signals,
    addonModule:
      options.addonModule ?? new URL(`../native/load-addon.${EXTENSION}`, import.meta.url).href,
  };
  const worker = new Worker(new URL(`./worker.${EXTENSION}`, import.meta.url), { workerData });
  let closing = false;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      if (!closing) handlers.died(`The engine's thread ended with code ${code}.`);
      resolve();
    });
  });
  worker.on('message', (message: FromEngine) => handlers.message(message));
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
