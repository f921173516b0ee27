/** What a machine's counters and sensors say, by folders that stand for its /sys. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { energyMeter } from '../../../src/eval/energy.js';
import { Stopwatch } from '../../../src/eval/stopwatch.js';
import { latest } from '../../../src/eval/journal/elapsed.js';

type Files = Readonly<Record<string, string | number>>;

/** A machine with these files of /sys/class, which may be written anew. */
function machine(t: Test, files: Files) {
  const root = t.testdir({});
  const write = (changed: Files) => {
    for (const [path, content] of Object.entries(changed)) {
      const file = join(root, 'sys/class', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${content}\n`);
    }
  };
  write(files);
  const meter = (options: Parameters<typeof energyMeter>[0] = {}) => {
    const made = energyMeter({ root, interval: 1e9, ...options });
    t.teardown(() => made?.close());
    return made;
  };
  return { root, write, meter };
}

const rapl = (number: number, name: string, energy: number): Files => ({
  [`powercap/intel-rapl:${number}/name`]: name,
  [`powercap/intel-rapl:${number}/energy_uj`]: energy,
  [`powercap/intel-rapl:${number}/max_energy_range_uj`]: 1_000_000_000,
});

t.test(
  'packages of RAPL are added up; parts of them, and the whole platform, are not',
  async (t) => {
    const { write, meter } = machine(t, {
      ...rapl(0, 'package-0', 5_000_000),
      ...rapl(1, 'package-1', 1_000_000),
      ...rapl(2, 'psys', 0),
      'powercap/intel-rapl:0:0/name': 'core',
      'powercap/intel-rapl:0:0/energy_uj': 0,
      'powercap/intel-rapl/name': 'control',
    });
    const found = meter();
    t.match(found, { source: /RAPL/ });
    t.equal(found!.joules(), 0);
    write({
      ...rapl(0, 'package-0', 7_500_000),
      ...rapl(1, 'package-1', 2_000_000),
      ...rapl(2, 'psys', 9e8),
    });
    t.equal(found!.joules(), 3.5);
    t.equal(found!.joules(), 3.5, 'nothing more has gone');
  },
);

t.test('a counter that goes round', async (t) => {
  const { root, write, meter } = machine(t, rapl(0, 'package-0', 999_000_000));
  const found = meter();
  write(rapl(0, 'package-0', 2_000_000));
  t.equal(found!.joules(), 3);
  rmSync(join(root, 'sys/class/powercap/intel-rapl:0/energy_uj'));
  t.equal(found!.joules(), 3, 'what cannot be read any more counts nothing');
});

t.test('a counter is looked at in between', async (t) => {
  const { write, meter } = machine(t, rapl(0, 'package-0', 0));
  const found = meter({ interval: 5 });
  write(rapl(0, 'package-0', 900_000_000));
  await new Promise((resolve) => setTimeout(resolve, 200));
  write(rapl(0, 'package-0', 100_000_000));
  t.equal(found!.joules(), 900 + 200, 'it has gone round twice in all');
});

t.test('sensors of a board', async (t) => {
  const power = machine(t, {
    'hwmon/hwmon0/name': 'nvme',
    'hwmon/hwmon0/power1_input': 9_000_000,
    'hwmon/hwmon1/name': 'ina226',
    'hwmon/hwmon1/power1_input': 4_000_000,
    'hwmon/hwmon1/power2_input': 3_000_000,
  });
  let now = 1000;
  const found = power.meter({ now: () => now });
  t.equal(found?.source, 'ina226');
  now += 10_000;
  power.write({ 'hwmon/hwmon1/power1_input': 6_000_000 });
  t.equal(found?.joules(), 50, '4 and 6 W over ten seconds');
  now += 1000;
  power.write({ 'hwmon/hwmon1/power1_input': 'busy' });
  t.equal(found?.joules(), 56, 'as before, where it says nothing');

  const sockets = machine(t, {
    'hwmon/hwmon3/name': 'amd_energy',
    'hwmon/hwmon3/energy1_input': 0,
    'hwmon/hwmon3/energy1_label': 'Ecore000',
    'hwmon/hwmon3/energy2_input': 1_000_000,
    'hwmon/hwmon3/energy2_label': 'Esocket0',
  });
  const socket = sockets.meter();
  sockets.write({
    'hwmon/hwmon3/energy1_input': 7_000_000,
    'hwmon/hwmon3/energy2_input': 3_000_000,
  });
  t.equal(socket?.joules(), 2);
});

t.test('machines that tell nothing', async (t) => {
  for (const [name, files] of [
    ['none', {}],
    ['a package without its counter', { 'powercap/intel-rapl:0/name': 'package-0' }],
    ['one of two', { ...rapl(0, 'package-0', 1), 'powercap/intel-rapl:1/name': 'package-1' }],
    [
      'a counter of letters',
      { ...rapl(0, 'package-0', 1), 'powercap/intel-rapl:0/energy_uj': 'x' },
    ],
    ['a battery', { 'hwmon/hwmon0/name': 'BAT0', 'hwmon/hwmon0/power1_input': 1 }],
    ['a graphics card', { 'hwmon/hwmon0/name': 'amdgpu', 'hwmon/hwmon0/power1_average': 1 }],
    ['a sensor without power', { 'hwmon/hwmon0/name': 'ina3221', 'hwmon/hwmon0/in1_input': 5000 }],
    [
      'several counters without names',
      {
        'hwmon/hwmon0/name': 'power_meter',
        'hwmon/hwmon0/energy1_input': 1,
        'hwmon/hwmon0/energy2_input': 2,
      },
    ],
  ] as [string, Files][]) {
    t.equal(machine(t, files).meter(), null, name);
  }
});

t.test('time and energy go on where an earlier run stopped', async (t) => {
  let now = 0;
  let joules = 0;
  const meter = { source: 'a test', joules: () => joules, close: () => undefined };
  const first = new Stopwatch(latest([]), meter, () => now);
  [now, joules] = [2000, 7];
  t.strictSame(first.elapsed(), { seconds: 2, joules: 7 });
  const stopped = latest([
    { index: 1, elapsed: { seconds: 2, joules: 7 } },
    { index: 0, elapsed: { seconds: 1, joules: 3 } },
  ]);
  // A day passes, and the meter begins anew.
  [now, joules] = [90_000_000, 0];
  const second = new Stopwatch(stopped, meter, () => now);
  [now, joules] = [90_003_000, 5];
  t.strictSame(second.elapsed(), { seconds: 5, joules: 12 });
  t.equal(second.running, 3);
  const without = new Stopwatch(stopped, null, () => now);
  t.strictSame(without.elapsed(), { seconds: 2, joules: null });
  const late = new Stopwatch({ seconds: 9, joules: null }, meter, () => now);
  t.strictSame(late.elapsed().joules, null, 'a part of the energy is none of the whole');
});
