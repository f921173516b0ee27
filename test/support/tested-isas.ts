import assert from 'node:assert/strict';
import type { Addon } from '../../src/native/addon.js';

/**
 * The kernel tables that a test goes over, as `isa` of a load: all that this machine can run, or with
 * KINGLET_TEST_QUICK the best one alone. So it is with KINGLET_TEST_ISA too, which says what the best
 * one must be: script/test-arm gives it for each CPU that it emulates.
 */
export function testedIsas(addon: Addon): readonly string[] {
  const { isa: best, available } = addon.cpuInfo();
  const expected = process.env['KINGLET_TEST_ISA'];
  if (expected !== undefined) {
    assert.equal(best, expected, `this CPU chose ${best} of ${available.join(', ')}`);
    return [''];
  }
  return process.env['KINGLET_TEST_QUICK'] === '1' ? [''] : available;
}
