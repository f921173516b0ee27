/** A module as the engine's worker loads it, with the fake addon in it. */
import { BatchCount, Signal, type Addon } from '../../src/native/addon.js';
import { createFakeAddon } from './fake-addon.js';

const sleeper = new Int32Array(new SharedArrayBuffer(4));

// Tokens that make the fake misbehave, so that a test can say so through the prompt.
export const FATAL_TOKEN = 1;
export const EXIT_TOKEN = 2;
export const SLOW_TOKEN = 3;
export const HANG_TOKEN = 4;

export function loadAddon(): Addon {
  let signals = new Int32Array(0);
  return createFakeAddon({
    onLoad: ({ isa, signals: given }) => {
      signals = given as typeof signals;
      if (isa === '') return;
      throw Object.assign(new Error(`no such kernels: ${isa}`), { code: 'isa_unavailable' });
    },
    onStep: (_, batch) => {
      const tokens = batch.tokens.subarray(0, batch.counts[BatchCount.rows]);
      if (tokens.includes(FATAL_TOKEN)) throw new Error('the step broke');
      if (tokens.includes(EXIT_TOKEN)) process.exit(3);
      if (tokens.includes(SLOW_TOKEN)) Atomics.wait(sleeper, 0, 0, 300);
      if (tokens.includes(HANG_TOKEN)) {
        Atomics.add(signals, Signal.heartbeat, 1);
        Atomics.wait(sleeper, 0, 0);
      }
    },
  });
}
