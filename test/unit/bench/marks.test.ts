import t from 'tap';
import { MARK_NAMES, marksOf } from '../../../bench/starting/marks.js';

const line = (time: number, msg: string): string => JSON.stringify({ level: 30, time, msg });

t.test('marks are counted from the start of the process', async (t) => {
  const log = [
    'a warning of Node.js',
    line(1050, 'kinglet 0.1.0 listens on http://127.0.0.1:8080'),
    line(1200, 'model /m/a.gguf: llama, 272 tensors'),
    line(1201, 'threads: 2, all CPUs'),
    line(1500, 'loading: 25 %'),
    line(1900, 'loaded in 0.9 s: weights 90 MiB, kernels avx2'),
    line(1950, 'ready: model a at http://127.0.0.1:8080/v1'),
    line(2950, 'ready: model a at http://127.0.0.1:8080/v1'),
    '{"level":30,"time":39',
  ].join('\n');
  t.strictSame(
    [...marksOf(log, 1000)],
    [
      ['listening', 50],
      ['model read', 200],
      ['weights loaded', 900],
      ['ready', 950],
    ],
  );
  for (const name of marksOf(log, 0).keys()) t.ok(MARK_NAMES.includes(name), name);
});

t.test('a log without marks has none', async (t) => {
  t.equal(marksOf('', 0).size, 0);
});
