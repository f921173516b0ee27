import type { Test } from 'tap';

/** That `found` is `wanted`, up to a share of it. */
export function near(t: Test, found: number, wanted: number, share: number, what: string): void {
  const error = found === wanted ? 0 : Math.abs(found - wanted) / Math.abs(wanted);
  t.ok(error <= share, `${what}: ${found} for ${wanted}`);
}
