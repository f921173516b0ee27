import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { KingletError } from '../errors.js';
import type { ChatTemplateSource } from './chat-template.js';
import type { ChatInput, RenderedChat } from './chat-types.js';
import type { RenderReply, RenderRequest } from './template-worker.js';

/**
 * Renders templates one after the other in a thread of its own, which is ended and replaced when a
 * template takes too long or too much memory: a template is a program, and loops in it can run for
 * minutes.
 */
export class TemplateThread {
  readonly #template: ChatTemplateSource;
  readonly #deadlineMs: number;
  #worker: Worker | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(template: ChatTemplateSource, deadlineMs: number) {
    this.#template = template;
    this.#deadlineMs = deadlineMs;
  }

  /** Throws what renderChat throws, and `template_failed` beyond the deadline. */
  async render(chat: ChatInput, now: Date): Promise<RenderedChat> {
    const reply = await this.#ask({ chat, now: now.getTime() });
    if ('rendered' in reply) return reply.rendered;
    throw new KingletError('internal_error', 'the template thread answered something else');
  }

  /** What keeps the template from rendering anything; null if nothing does. */
  async problem(now: Date): Promise<string | null> {
    const reply = await this.#ask({ chat: null, now: now.getTime() });
    if ('problem' in reply) return reply.problem;
    throw new KingletError('internal_error', 'the template thread answered something else');
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  #ask(request: RenderRequest): Promise<RenderReply> {
    const result = this.#queue.then(() => this.#askNow(request));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #askNow(request: RenderRequest): Promise<RenderReply> {
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
    if ('error' in reply) {
      const { code, message, param } = reply.error;
      throw new KingletError(code, message, { param });
    }
    return reply;
  }

  async #started(): Promise<Worker> {
    if (this.#worker !== null) return this.#worker;
    const worker = newWorker(new URL('./template-worker.js', import.meta.url), this.#template);
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
function newWorker(url: URL, workerData: ChatTemplateSource): Worker {
  const resourceLimits = {
    maxOldGenerationSizeMb: 256,
    maxYoungGenerationSizeMb: 32,
    stackSizeMb: 4,
  };
  if (!import.meta.url.endsWith('.ts')) return new Worker(url, { resourceLimits, workerData });
  const source = JSON.stringify(url.href.replace(/\.js$/, '.ts'));
  return new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}); })`,
    { eval: true, resourceLimits, workerData },
  );
}

function failure(what: string, cause?: unknown): KingletError {
  return new KingletError('template_failed', `the chat template ${what}`, {
    param: 'messages',
    cause,
  });
}
