import type { Addon } from '../native/addon.js';
import type { StartThread } from './engine-thread.js';
import type { Clock } from './clock.js';
import { EngineLoop } from './loop.js';
import { failure, type ToEngine } from './messages.js';

/**
 * Runs the engine's loop on the calling thread, one turn for each turn of the event loop. Like a
 * worker it answers nothing before the caller has yielded.
 */
export function startInlineThread(addon: Addon, clock: Clock): StartThread {
  return (options, signals, handlers) => {
    let inbox: ToEngine[] = [];
    let loop: EngineLoop | null = null;
    let scheduled = false;
    let finish: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (finish = resolve));

    const schedule = (): void => {
      if (scheduled) return;
      scheduled = true;
      setImmediate(turn);
    };
    const turn = (): void => {
      scheduled = false;
      if (loop === null) return;
      const messages = inbox;
      inbox = [];
      for (const message of messages) loop.receive(message);
      if (loop.turn()) schedule();
      if (loop.closed) finish();
    };

    setImmediate(() => {
      try {
        loop = EngineLoop.load(addon, options, signals, {
          post: (message) => handlers.message(message),
          clock,
        });
      } catch (error) {
        finish();
        handlers.message(failure(error));
      }
    });
    return {
      post: (message) => {
        inbox.push(message);
        schedule();
      },
      ended: () => ended,
    };
  };
}
