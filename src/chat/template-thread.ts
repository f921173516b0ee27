import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { KingletError } from '../errors.js';
import type { RenderReply, RenderRequest } from './template-worker.js';

/**
 * Renders templates one after the other in a thread of its own, which is ended and replaced when a
 * template takes too long or too much memory: a template is a program, and loops in it can run for
 * minutes.
 */
export class TemplateThread {
  readonly #deadlineMs: number;
  #worker: Worker | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** The rendered text. Throws `template_failed`. */
  render(template: string, context: Record<string, unknown>, now: Date): Promise<string> {
    const request: RenderRequest = { template, context, now: now.getTime() };
    const result = this.#queue.then(() => this.#render(request));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #render(request: RenderRequest): Promise<string> {
    if (this.#closed) throw new KingletError('shutting_down', 'the server is shutting down');
    const worker = await this.#started();
    let reply: RenderReply;
    // Only a render under way keeps the process alive.
    worker.ref();
    try {
      worker.postMessage(request);
      [reply] = (await once(worker, 'message', {
        signal: AbortSignal.timeout(this.#deadlineMs),
      })) as [RenderReply];
    } catch (cause) {
      await this.#end();
      const { name, message } = cause as Error;
      throw failure(
        name === 'AbortError'
          ? `took more than ${this.#deadlineMs} ms`
          : `ended its thread: ${message}`,
        cause,
      );
    } finally {
      // One that is being ended stays referenced until it has.
      if (this.#worker === worker) worker.unref();
    }
    if ('text' in reply) return reply.text;
    if (reply.refused) {
      throw new KingletError('template_failed', reply.error, { param: 'messages' });
    }
    throw failure(`failed: ${reply.error}`);
  }

  async #started(): Promise<Worker> {
    if (this.#worker !== null) return this.#worker;
    const worker = newWorker(new URL('./template-worker.js', import.meta.url));
    try {
      await once(worker, 'message');
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new KingletError('internal_error', `no thread for chat templates: ${reason}`, {
        cause,
      });
    }
    // Between two requests nobody listens, and an error without a listener ends the process.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    this.#worker = worker;
    return worker;
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    // The process must not end before the promise of a thread that keeps nothing alive.
    worker?.ref();
    await worker?.terminate();
  }
}

/** A renderer that runs from the sources (under tsx) must have its thread read them as well. */
function newWorker(url: URL): Worker {
  const resourceLimits = {
    maxOldGenerationSizeMb: 256,
    maxYoungGenerationSizeMb: 32,
    stackSizeMb: 4,
  };
  if (!import.meta.url.endsWith('.ts')) return new Worker(url, { resourceLimits });
  const source = JSON.stringify(url.href.replace(/\.js$/, '.ts'));
  return new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}); })`,
    { eval: true, resourceLimits },
  );
}

function failure(what: string, cause?: unknown): KingletError {
  return new KingletError('template_failed', `the chat template ${what}`, {
    param: 'messages',
    cause,
  });
}
