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
  #worker: Promise<Worker> | null = null;
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
    const worker = await (this.#worker ??= startWorker());
    let reply: RenderReply;
    try {
      worker.postMessage(request);
      [reply] = (await once(worker, 'message', {
        signal: AbortSignal.timeout(this.#deadlineMs),
      })) as [RenderReply];
    } catch (cause) {
      await this.#end();
      throw failure(
        (cause as Error).name === 'AbortError'
          ? `took more than ${this.#deadlineMs} ms`
          : `ended its thread: ${(cause as Error).message}`,
        cause,
      );
    }
    if ('text' in reply) return reply.text;
    if (reply.refused) {
      throw new KingletError('template_failed', reply.error, { param: 'messages' });
    }
    throw failure(`failed: ${reply.error}`);
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await (await worker)?.terminate();
  }
}

async function startWorker(): Promise<Worker> {
  const worker = newWorker(new URL('./template-worker.js', import.meta.url));
  // An idle renderer must not keep the process alive.
  worker.unref();
  await once(worker, 'message');
  // Between two requests nobody listens, and an error event without a listener ends the process.
  worker.on('error', () => undefined);
  return worker;
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
