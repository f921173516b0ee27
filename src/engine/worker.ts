/** The engine's thread: loads the model, then turns the loop while there is work. */
import {
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from 'node:worker_threads';
import { Signal, type Addon } from '../native/addon.js';
import { systemClock } from './clock.js';
import { EngineLoop } from './loop.js';
import { failure, type FromEngine, type ToEngine, type TurnMessage } from './messages.js';
import type { EngineOptions } from './options.js';
import { packTurn, type PackedTurn } from './packed-turn.js';

/** What the thread says; a turn with the number that stands in `Signal.delivering`, 0 for none. */
export type WorkerMessage =
  Exclude<FromEngine, TurnMessage> | readonly [delivery: number, turn: PackedTurn];

export interface WorkerData {
  readonly options: EngineOptions;
  readonly signals: Int32Array;
  /** URL of a module that exports `loadAddon(): Addon`; undefined: the native addon's. */
  readonly addonModule: string | undefined;
}

const port = parentPort as MessagePort;
const { options, signals, addonModule } = workerData as WorkerData;
let deliveries = 0;
let held: TurnMessage | null = null;

/** A turn is held until the next step computes: what sending it takes costs that step least. */
function post(message: FromEngine): void {
  sendHeld();
  if (message.type === 'turn') held = message;
  else port.postMessage(message satisfies WorkerMessage);
}

function sendHeld(): void {
  if (held === null) return;
  const message = held;
  held = null;
  const delivery = message.events.length > 0 ? ++deliveries : 0;
  if (delivery > 0) Atomics.store(signals, Signal.delivering, delivery);
  port.postMessage([delivery, packTurn(message)] satisfies WorkerMessage);
}

/**
 * A loop that never yields gets no events, so messages are fetched before each step; without work
 * the event loop waits for the next one.
 */
function run(loop: EngineLoop, first: ToEngine): void {
  loop.receive(first);
  do {
    let next = receiveMessageOnPort(port) as { message: ToEngine } | undefined;
    for (; next !== undefined; next = receiveMessageOnPort(port) as typeof next) {
      loop.receive(next.message);
    }
  } while (loop.turn());
  sendHeld();
  if (loop.closed) port.close();
}

try {
  const { loadAddon } =
    addonModule === undefined
      ? await import('../native/load-addon.js')
      : ((await import(addonModule)) as { loadAddon: () => Addon });
  const loop = EngineLoop.load(loadAddon(), options, signals, {
    ...{ post, computing: sendHeld, clock: systemClock },
  });
  port.on('message', (message: ToEngine) => run(loop, message));
} catch (error) {
  post(failure(error));
}
