import type { ServeConfig } from '../config.js';

const MIB = 2 ** 20;

/** What may wait by default, and its share of the memory of a small machine. */
const DEFAULT_PENDING_BYTES = 64 * MIB;
const DEFAULT_PENDING_SHARE = 1 / 32;

/** A waiting body is held as bytes, then as what was parsed of it; garbage is collected later. */
const PENDING_COST = 2;
/** The largest prompt on its way through a prompt thread, and the garbage of all threads. */
const UNDER_WAY_BYTES = 192 * MIB;

/** Bytes that may wait where --max-pending-bytes doesn't say. */
export function defaultPendingBytes(availableBytes: number): number {
  return Math.min(DEFAULT_PENDING_BYTES, Math.floor(availableBytes * DEFAULT_PENDING_SHARE));
}

/**
 * Bytes that requests take at most outside of the engine, whatever they are: an estimate that
 * test/e2e/hostile.test.ts holds against each attack of bench/attacks.
 */
export function requestMemory({ maxPendingBytes }: Pick<ServeConfig, 'maxPendingBytes'>): number {
  return UNDER_WAY_BYTES + PENDING_COST * (maxPendingBytes ?? DEFAULT_PENDING_BYTES);
}
