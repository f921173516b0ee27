const MIB = 2 ** 20;

/** What may wait by default, and its share of what the weights leave on a small machine. */
export const DEFAULT_PENDING_BYTES = 64 * MIB;
const DEFAULT_PENDING_SHARE = 1 / 32;
/** The largest body with what was parsed of it leaves the quarter that is kept for small requests. */
const LEAST_PENDING_BODIES = 3;

/** A waiting body is held as bytes, then as what was parsed of it; garbage is collected later. */
const PENDING_COST = 2;
/**
 * The largest prompts on their way, and what the threads have let go and not collected yet: V8 takes
 * its time with that where a machine has memory, and less where it has little: in a container of 1 GB,
 * beside weights of 560 MiB, attacks took at most 47 MiB beyond the program.
 */
const UNDER_WAY_BYTES = 384 * MIB;
const UNDER_WAY_SHARE = 1 / 5;

/** Bytes that may wait where --max-pending-bytes doesn't say. `leftBytes`: beside weights and program. */
export function defaultPendingBytes(maxBodyBytes: number, leftBytes: number): number {
  const share = Math.floor(leftBytes * DEFAULT_PENDING_SHARE);
  return Math.min(DEFAULT_PENDING_BYTES, Math.max(LEAST_PENDING_BODIES * maxBodyBytes, share));
}

/**
 * Bytes that requests take at most outside of the engine, whatever they are: an estimate that
 * test/e2e/hostile.test.ts holds against each attack of bench/attacks.
 */
export function requestMemory(maxPendingBytes: number, leftBytes: number): number {
  const underWay = Math.min(UNDER_WAY_BYTES, Math.floor(leftBytes * UNDER_WAY_SHARE));
  return underWay + PENDING_COST * maxPendingBytes;
}
