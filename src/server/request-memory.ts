import type { ServeConfig } from '../config.js';

const MIB = 2 ** 20;

/** What may wait by default, and its share of the memory of a small machine. */
const DEFAULT_PENDING_BYTES = 64 * MIB;
const DEFAULT_PENDING_SHARE = 1 / 32;

/** A waiting body is held as bytes, then as what was parsed of it; garbage is collected later. */
const PENDING_COST = 2;
/**
 * The largest prompts on their way, and what the threads have let go and not collected yet: V8 takes
 * its time with that where a machine has memory, and less where it has little.
 */
const UNDER_WAY_BYTES = 384 * MIB;
const UNDER_WAY_SHARE = 1 / 4;

/** Bytes that may wait where --max-pending-bytes doesn't say. */
export function defaultPendingBytes(availableBytes: number): number {
  return Math.min(DEFAULT_PENDING_BYTES, Math.floor(availableBytes * DEFAULT_PENDING_SHARE));
}

/**
 * Bytes that requests take at most outside of the engine, whatever they are: an estimate that
 * test/e2e/hostile.test.ts holds against each attack of bench/attacks.
 */
export function requestMemory(
  { maxPendingBytes }: Pick<ServeConfig, 'maxPendingBytes'>,
  availableBytes: number,
): number {
  const underWay = Math.min(UNDER_WAY_BYTES, Math.floor(availableBytes * UNDER_WAY_SHARE));
  return underWay + PENDING_COST * (maxPendingBytes ?? defaultPendingBytes(availableBytes));
}
