/** How much memory the KV pool of a measured server gets. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Checkout } from './checkout.js';

const run = promisify(execFile);

/** Enough for a prompt whose length is not known yet. */
const LEAST_TOKENS = 2048;

/** More than any scenario needs. */
export const LARGE_POOL = ['--kv-memory', '1G'];

/**
 * Flags of `kinglet serve` for a pool of about twice `tokens`, what is under way at most. Its pages
 * are cleared when they are first used; in a small pool this is soon over, as it is in a server that
 * has run for a while.
 */
export async function kvPoolOf(
  checkout: Checkout,
  model: string,
  tokens: number,
): Promise<string[]> {
  const [command, main] = checkout.kinglet;
  const { stdout } = await run(command, [main, 'inspect', model, '--json']);
  const { memory } = JSON.parse(stdout) as { memory: { kvBytesPerToken: number } };
  const pool = Math.max(LEAST_TOKENS, 2 * tokens);
  return ['--kv-memory', String(pool * memory.kvBytesPerToken)];
}
