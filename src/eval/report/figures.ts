/** Figures as tables for people show them. */
import type { Interval } from '../../statistics/intervals.js';
import type { Cost, CostPerSolved } from '../summary/cost.js';

/** A label and what stands beside it. */
export type Row = readonly [label: string, text: string];

export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text}\n`).join('');
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** With the interval that covers it in 95 of 100 evaluations. */
export function interval(of: Interval | null): string {
  if (of === null) return 'nothing to judge';
  const { mean, low, high } = of;
  return `${percent(mean)} (95 %: ${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}

/** '4.2 s', '3 min 20 s', '2 h 5 min'. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Three digits that count. */
export function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'none';
}

/** Energy only where something measured it. */
export function costRows(cost: Cost | CostPerSolved, energySource: string | null): Row[] {
  const per = 'secondsPerSolved' in cost ? cost : null;
  const seconds = per?.secondsPerSolved ?? null;
  const joules = per?.joulesPerSolved ?? null;
  const time = seconds === null ? '' : `, ${figure(seconds)} s a solved problem`;
  const energy = joules === null ? '' : `, ${figure(joules)} J a solved problem`;
  const rows: Row[] = [['time', duration(cost.seconds) + time]];
  if (cost.joules === null) return rows;
  const source = energySource === null ? '' : ` (${energySource})`;
  return [...rows, ['energy', `${figure(cost.joules)} J${energy}${source}`]];
}
