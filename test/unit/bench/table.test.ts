import t from 'tap';
import { figure, measuresTable } from '../../../bench/serving/table.js';

t.test('columns are aligned as Markdown wants them', async (t) => {
  const measures = [
    { name: 'tokens/s', digits: 0, of: ([rate]: number[]) => rate },
    { name: 'gap, ms', digits: 1, of: ([, gap]: number[]) => gap },
  ];
  const columns = [
    { head: 'here', measured: [1200, 2.25] },
    { head: 'against', measured: [800] },
  ];
  t.equal(
    measuresTable(measures, columns, { ratio: true }),
    [
      '|          | here | against | ratio |',
      '| -------- | ---: | ------: | ----: |',
      '| tokens/s | 1200 |     800 |  1.50 |',
      '| gap, ms  |  2.3 |       – |     – |',
    ].join('\n'),
  );
  const [, rule] = measuresTable(measures, columns.slice(0, 1), { ratio: false }).split('\n');
  t.equal(rule, '| -------- | ---: |');
});

t.test('what was not measured is a dash', async (t) => {
  t.equal(figure(undefined), '–');
  t.equal(figure(NaN), '–');
  t.equal(figure(1 / 0), '–');
  t.equal(figure(0), '0');
});
