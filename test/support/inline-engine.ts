/** The engine without a thread of its own. */
import { createEngine, type EngineHooks, type StartedEngine } from '../../src/engine/client.js';
import { systemClock, type Clock } from '../../src/engine/clock.js';
import type { StartThread } from '../../src/engine/engine-thread.js';
import { EngineLoop, type LoopPorts } from '../../src/engine/loop.js';
import { failure, type ToEngine } from '../../src/engine/messages.js';
import type { Addon } from '../../src/native/addon.js';
import type { TestEngineOptions } from './engine.js';

/** The engine on the calling thread, over an addon of the test's. */
export function createInlineEngine(
  options: TestEngineOptions,
  addon: Addon,
  hooks: EngineHooks = {},
  drafts?: LoopPorts['drafts'],
): StartedEngine {
  const engine = createEngine(options, hooks, startInlineThread(addon, hooks.clock, drafts));
  engine.begin(options);
  return engine;
}

/**
 * Runs the engine's loop on the calling thread, one turn for each turn of the event loop. Like a
 * worker it answers nothing before the caller has yielded.
 */
export function startInlineThread(
  addon: Addon,
  clock: Clock = systemClock,
  drafts?: LoopPorts['drafts'],
): StartThread {
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
          ...(drafts === undefined ? {} : { drafts }),
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
