import type { FromEngine, ToEngine } from './messages.js';
import type { EngineOptions } from './options.js';

/** Where the loop runs. */
export interface EngineThread {
  post(message: ToEngine): void;
  /** Resolves when it has ended; `post` a `close` first. */
  ended(): Promise<void>;
}

export interface ThreadHandlers {
  message(message: FromEngine): void;
  /** It ended though nobody asked it to. */
  died(reason: string): void;
}

export type StartThread = (
  options: EngineOptions,
  signals: Int32Array,
  handlers: ThreadHandlers,
) => EngineThread;
