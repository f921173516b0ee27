/** Cycles of a loop by llvm-mca, and what limits it. */
import { execFileSync } from 'node:child_process';
import type { Core } from './cores.js';
import type { Region } from './regions.js';

export interface RoundCost {
  /** Of one round, in the middle of many. */
  readonly cycles: number;
  /** The busiest units, and where they are not always busy, for how much of a round. */
  readonly limit: string;
}

/** What this program reads of llvm-mca's JSON. */
export interface McaReport {
  readonly CodeRegions: readonly {
    readonly Instructions: readonly string[];
    readonly SummaryView: {
      readonly Iterations: number;
      readonly TotalCycles: number;
      readonly TotaluOps: number;
    };
    readonly ResourcePressureView: {
      readonly ResourcePressureInfo: readonly {
        /** One more than the last instruction: all together. */
        readonly InstructionIndex: number;
        readonly ResourceIndex: number;
        readonly ResourceUsage: number;
      }[];
    };
  }[];
  readonly TargetInfo: { readonly Resources: readonly string[] };
}

const ITERATIONS = 200;
/** Of a round: what is busy for so much of it limits alone. Else a round waits for results too. */
const ALWAYS = 0.95;
/** Of the busiest: units that are as busy limit together. */
const AS_BUSY = 0.97;

/** Loads are taken to hit the first cache. */
export function roundCost(core: Core, { instructions }: Region): RoundCost {
  const lines = instructions.map(({ text, target }) =>
    // A branch needs a target, whichever.
    target === undefined ? text : `${text}.Lround`,
  );
  const flags = [
    ...[
      '-mtriple=aarch64',
      '-mattr=+dotprod,+i8mm,+fullfp16',
      `-mcpu=${core.mcpu}`,
      `-dispatch=${core.microOps}`,
    ],
    ...[`-iterations=${ITERATIONS}`, '-json', '-'],
  ];
  const text = execFileSync('llvm-mca-19', flags, {
    input: ['.Lround:', ...lines, ''].join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return readReport(JSON.parse(text) as McaReport, core);
}

/** The cost that a report of one region means. */
export function readReport(
  { CodeRegions, TargetInfo }: McaReport,
  { instructions, microOps, units }: Pick<Core, 'instructions' | 'microOps' | 'units'>,
): RoundCost {
  const [region] = CodeRegions;
  if (region === undefined) throw new Error('llvm-mca saw no instructions');
  const { Iterations, TotalCycles, TotaluOps } = region.SummaryView;
  const count = region.Instructions.length;
  const cycles = Math.max(TotalCycles / Iterations, count / instructions);
  const busy = region.ResourcePressureView.ResourcePressureInfo.filter(
    ({ InstructionIndex }) => InstructionIndex === count,
  ).map(({ ResourceIndex, ResourceUsage }) => ({
    name: unitName(TargetInfo.Resources[ResourceIndex], units),
    cycles: ResourceUsage,
  }));
  const dispatch = Math.max(count / instructions, TotaluOps / Iterations / microOps);
  busy.push({ name: 'dispatch', cycles: dispatch });
  const most = Math.max(...busy.map((each) => each.cycles));
  const names = busy.filter((each) => each.cycles >= AS_BUSY * most).map(({ name }) => name);
  const part = most >= ALWAYS * cycles ? '' : ` ${Math.round((100 * most) / cycles)} %`;
  return { cycles, limit: [...new Set(names)].join(' ') + part };
}

/** "N1UnitV0" is V0; units that are alike have a number behind a point. */
function unitName(resource = '', names: Readonly<Record<string, string>> = {}): string {
  const name = resource.replace(/^[A-Z]\d+Unit/, '').replace(/\..*$/s, '');
  return names[name] ?? name;
}
