/** What the machine has used, by the counters of its processors or a sensor on its board. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Counts on from the moment it was made. */
export interface EnergyMeter {
  /** What is measured, for people. */
  readonly source: string;
  /** Joules since the meter was made. */
  joules(): number;
  close(): void;
}

interface EnergyOptions {
  /** Stands for "/": tests give a folder with a sys of their own. */
  readonly root?: string;
  /** In milliseconds; a counter must be looked at before it has gone round, a power often. */
  readonly interval?: number;
  readonly now?: () => number;
}

const INTERVAL_MS = 1000;
const RAPL = /^intel-rapl:\d+$/;
/** Sensors of a board's supply, and of whole processors: not of graphics cards, disks and batteries. */
const SENSORS =
  /^(ina2\d\d|ina3221|power_meter|fam15h_power|amd_energy|scpi_sensors|scmi_sensors)$/;
const SOCKET = /^Esocket/;

/**
 * A meter of what this machine offers: the packages of RAPL, else a sensor of energy or power of hwmon;
 * null where there is none, or it can't be read (RAPL's counters are the administrator's alone on most
 * systems).
 */
export function energyMeter(options: EnergyOptions = {}): EnergyMeter | null {
  const root = options.root ?? '/';
  return (
    rapl(join(root, 'sys/class/powercap'), options) ?? hwmon(join(root, 'sys/class/hwmon'), options)
  );
}

function rapl(folder: string, options: EnergyOptions): EnergyMeter | null {
  const packages = entriesOf(folder)
    .filter((name) => RAPL.test(name))
    .map((name) => join(folder, name))
    .filter((path) => read(join(path, 'name')).startsWith('package'));
  const counters = packages
    .map((path) => counter(join(path, 'energy_uj'), number(join(path, 'max_energy_range_uj'))))
    .filter((each) => each !== null);
  if (counters.length === 0 || counters.length < packages.length) return null;
  return polled(
    `RAPL, ${counters.length === 1 ? 'the processor' : 'processors'}`,
    counters,
    options,
  );
}

function hwmon(folder: string, options: EnergyOptions): EnergyMeter | null {
  for (const name of entriesOf(folder).sort()) {
    const path = join(folder, name);
    const sensor = read(join(path, 'name'));
    if (!SENSORS.test(sensor)) continue;
    const parts = energyCounters(path) ?? powerOf(path, options.now ?? (() => performance.now()));
    if (parts !== null) return polled(sensor, parts, options);
  }
  return null;
}

/** Of a sensor that counts energy: its sockets, or the only counter. */
function energyCounters(path: string): Count[] | null {
  const inputs = entriesOf(path).filter((name) => /^energy\d+_input$/.test(name));
  const sockets = inputs.filter((name) =>
    SOCKET.test(read(join(path, name.replace('_input', '_label')))),
  );
  const taken = inputs.length === 1 ? inputs : sockets;
  const counters = taken.map((name) => counter(join(path, name), 2 ** 64));
  const whole = counters.filter((each) => each !== null);
  return whole.length === 0 || whole.length < counters.length ? null : whole;
}

/** Of a sensor that measures power, its first: others are of parts. */
function powerOf(path: string, now: () => number): Count[] | null {
  const [input] = ['power1_input', 'power1_average'].filter((name) =>
    Number.isFinite(number(join(path, name))),
  );
  if (input === undefined) return null;
  let last = { watts: number(join(path, input)) / 1e6, at: now() };
  return [
    () => {
      const next = { watts: number(join(path, input)) / 1e6, at: now() };
      const watts = Number.isFinite(next.watts) ? (last.watts + next.watts) / 2 : last.watts;
      const joules = (watts * (next.at - last.at)) / 1000;
      last = { watts: Number.isFinite(next.watts) ? next.watts : last.watts, at: next.at };
      return joules;
    },
  ];
}

/** Joules since it was called before. */
type Count = () => number;

/** A counter of microjoules that begins anew behind `range`; null where it can't be read. */
function counter(path: string, range: number): Count | null {
  let last = number(path);
  if (!Number.isFinite(last)) return null;
  return () => {
    const next = number(path);
    if (!Number.isFinite(next)) return 0;
    const gone = next >= last ? next - last : next - last + (Number.isFinite(range) ? range : 0);
    last = next;
    return Math.max(0, gone) / 1e6;
  };
}

function polled(source: string, parts: readonly Count[], options: EnergyOptions): EnergyMeter {
  let sum = 0;
  const look = () => {
    for (const part of parts) sum += part();
  };
  const timer = setInterval(look, options.interval ?? INTERVAL_MS).unref();
  return {
    source,
    joules: () => {
      look();
      return sum;
    },
    close: () => clearInterval(timer),
  };
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** '' where there is none. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function number(path: string): number {
  const text = read(path);
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
