import { mock } from 'node:test';
import t from 'tap';
import { CacheWriting, type PackedCacheReport } from '../../../src/native/addon.js';
import { logPackedCache } from '../../../src/server/packed-cache-log.js';

/** The lines of a report, each with its level; `states` are what is found look by look. */
function linesOf(report: PackedCacheReport | null, states: readonly number[], looks: number) {
  const lines: string[] = [];
  const log = {
    info: (line: string) => void lines.push(`info ${line}`),
    warn: (line: string) => void lines.push(`warn ${line}`),
  };
  const left = [...states];
  logPackedCache(report, () => left.shift() ?? CacheWriting.done, log);
  for (let look = 0; look < looks; look++) mock.timers.tick(500);
  return { lines, left };
}

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

t.test('what was read, and what cannot be used, are a line each', async (t) => {
  t.strictSame(linesOf(null, [], 1).lines, []);
  t.strictSame(linesOf({ use: 'read', path: '/c/f', note: '' }, [], 1).lines, [
    'info packed cache: the weights come from /c/f',
  ]);
  t.strictSame(linesOf({ use: 'notUsable', path: '/c', note: '/c: is gone' }, [], 1).lines, [
    'warn packed cache: /c: is gone. The weights were packed from the model and are not kept.',
  ]);
});

t.test('a file that is written is looked after until that ends, and no longer', async (t) => {
  const report = { use: 'writing', path: '/c/f', note: '/c/f: is not there yet' } as const;
  const { underWay, done, givenUp } = CacheWriting;
  const begin =
    'info packed cache: /c/f: is not there yet. ' +
    'The weights were packed from the model and are written now.';
  const ends: [number, string][] = [
    [done, 'info packed cache: wrote /c/f'],
    [givenUp, 'info packed cache: /c/f was not complete when the model was closed'],
    [-28, 'warn packed cache: /c/f cannot be written: ENOSPC: no space left on device'],
    [-99999, 'warn packed cache: /c/f cannot be written: error 99999: unknown'],
  ];
  for (const [state, line] of ends) {
    const { lines, left } = linesOf(report, [underWay, underWay, state, 0, 0], 5);
    t.strictSame(lines, [begin, line]);
    t.equal(left.length, 2, 'nobody looks any more');
  }
  t.strictSame(linesOf(report, [underWay, underWay], 2).lines, [begin]);
});
