import { Worker } from 'node:worker_threads';
import { KingletError } from '../errors.js';
import { clientGone, shuttingDown } from '../errors/availability.js';
import { invalidValue } from '../errors/requests.js';
import { MAX_COMPILE_MS } from '../grammar/limits.js';
import { cpuClock } from './cpu-clock.js';
import {
  CANCELLED,
  HEARTBEAT,
  SHARED_WORDS,
  type FromPromptThread,
  type PromptJob,
  type PromptResult,
  type PromptSetup,
  type ToPromptThread,
} from './jobs.js';

/** How often a running job is looked at. */
const WATCH_MS = 1000;
/** CPU time without a heartbeat after which a thread is ended: a hundred times what is usual. */
const STUCK_MS = 10_000;
/** The same for a grammar, whose own limit its compiler looks at between pieces of work. */
const STUCK_GRAMMAR_MS = 2 * MAX_COMPILE_MS;
/** What a thread may hold; one that needs more is ended, and its job fails. */
const RESOURCE_LIMITS = {
  maxOldGenerationSizeMb: 256,
  maxYoungGenerationSizeMb: 12,
  stackSizeMb: 4,
};

interface Running {
  readonly worker: Worker;
  readonly task: string | null;
}

/**
 * A thread that runs one job after the other, once it is told what to make prompts with. It checks
 * itself, between small pieces of work, whether its job was given up or has used its time; a thread
 * that doesn't come to that, or that runs out of memory, is ended, and another one is started for the
 * next job.
 */
export class PromptThread {
  readonly #setup: Promise<PromptSetup>;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * SHARED_WORDS));
  #worker: Worker | null = null;
  #running: Promise<Running> | null = null;
  #jobs = 0;
  #closed = false;

  /** `setup`: what prompts are made with, which a thread may wait for. */
  constructor(setup: Promise<PromptSetup>) {
    this.#setup = setup;
  }

  /**
   * Starts the thread ahead of its first job, and waits until it can run one. Throws
   * `internal_error` where none can be had.
   */
  async start(): Promise<void> {
    await this.#started();
  }

  /**
   * Runs a job. Throws the job's own KingletError, `cancelled` where the signal is aborted; where
   * the thread had to be ended, `template_failed` for a chat, `invalid_value` for a grammar and else
   * `internal_error`.
   */
  async run(job: PromptJob, signal: AbortSignal): Promise<PromptResult> {
    const running = await this.#started();
    if (signal.aborted) throw clientGone();
    const number = ++this.#jobs;
    const cancel = (): void => void Atomics.store(this.#words, CANCELLED, number);
    signal.addEventListener('abort', cancel, { once: true });
    // Only a job under way keeps the process alive.
    running.worker.ref();
    let reply: FromPromptThread;
    try {
      running.worker.postMessage({ number, job } satisfies ToPromptThread);
      reply = await this.#reply(running, job);
    } finally {
      signal.removeEventListener('abort', cancel);
      // A thread that is being ended keeps the process alive until it is gone.
      if (!this.#closed) running.worker.unref();
    }
    if (reply.kind === 'failure') {
      throw new KingletError(reply.code, reply.message, { param: reply.param });
    }
    return reply as PromptResult;
  }

  /** Ends the thread; a running job fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    // Else the process could end before the promise of terminate() is settled.
    worker?.ref();
    await worker?.terminate();
  }

  #reply({ worker, task }: Running, job: PromptJob): Promise<FromPromptThread> {
    return new Promise((resolve, reject) => {
      const failed = (reason: string): void => settle(() => reject(endedBy(job, reason)));
      const arrived = (message: FromPromptThread): void => settle(() => resolve(message));
      const died = (error: Error): void => failed(`ended its thread: ${error.message}`);
      const exited = (): void => {
        if (this.#closed) settle(() => reject(shuttingDown()));
        else failed('ended its thread');
      };
      const ofClients = job.kind === 'grammar' || job.kind === 'answer';
      const mostMs = ofClients ? STUCK_GRAMMAR_MS : STUCK_MS;
      const watch = this.#watch(task, mostMs, () => {
        this.#forget(worker);
        void worker.terminate();
        failed('was stuck, and its thread was ended');
      });
      const settle = (outcome: () => void): void => {
        clearInterval(watch);
        worker.off('message', arrived).off('error', died).off('exit', exited);
        outcome();
      };
      worker.once('message', arrived).once('error', died).once('exit', exited);
    });
  }

  /** Calls `stuck` when the thread uses CPU time and its heartbeat stands still. */
  #watch(task: string | null, mostMs: number, stuck: () => void): NodeJS.Timeout {
    const clock = cpuClock(task);
    let beat = Atomics.load(this.#words, HEARTBEAT);
    let since = clock();
    return setInterval(() => {
      const now = Atomics.load(this.#words, HEARTBEAT);
      if (now !== beat) {
        beat = now;
        since = clock();
      } else if (clock() - since > mostMs) {
        stuck();
      }
    }, WATCH_MS);
  }

  #started(): Promise<Running> {
    if (this.#closed) {
      throw shuttingDown();
    }
    if (this.#running !== null) return this.#running;
    const starting = this.#start();
    this.#running = starting;
    starting.catch(() => {
      if (this.#running === starting) this.#running = null;
    });
    return starting;
  }

  /** A thread that ends, or is about to: the next job gets another. */
  #forget(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#running = null;
  }

  async #start(): Promise<Running> {
    const worker = newWorker({ words: this.#words });
    this.#worker = worker;
    worker.once('exit', () => this.#forget(worker));
    // Between two jobs nobody else listens, and an error without a listener ends the process.
    worker.on('error', () => this.#forget(worker));
    const task = await new Promise<string | null>((resolve, reject) => {
      worker.once('message', (message: FromPromptThread) =>
        resolve(message.kind === 'ready' ? message.task : null),
      );
      const failed = (reason: string): void =>
        reject(
          this.#closed
            ? shuttingDown()
            : new KingletError('internal_error', `No thread for prompts: ${reason}.`),
        );
      worker.once('error', (error) => failed(error.message));
      worker.once('exit', (code) => failed(`it ended with code ${code}`));
      void this.#setup.then((setup) => worker.postMessage(setup));
    });
    worker.unref();
    return { worker, task };
  }
}

/** What a job is told whose thread had to be ended. */
function endedBy(job: PromptJob, reason: string): KingletError {
  switch (job.kind) {
    case 'chat':
      return new KingletError('template_failed', `the chat template ${reason}`);
    case 'grammar':
      return invalidValue(job.field, `compiling it ${reason}`);
    case 'answer':
      return invalidValue(job.field, `looking for it ${reason}`);
    case 'encode':
    case 'check':
      return new KingletError('internal_error', `The tokenizer ${reason}`);
  }
}

export interface PromptWorkerData {
  readonly words: Int32Array;
}

/** Compiled, the entry is beside this file; from the sources (under tsx) it must be read as well. */
function newWorker(workerData: PromptWorkerData): Worker {
  const options = { workerData, resourceLimits: RESOURCE_LIMITS };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./prompt-worker.js', import.meta.url), options);
  }
  const entry = JSON.stringify(new URL('./prompt-worker.ts', import.meta.url).href);
  const script = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${entry}); })`;
  return new Worker(script, { ...options, eval: true });
}
