/** What a kernel takes on a core. */
import type { Core } from './cores.js';
import type { Instruction } from './disassembly.js';
import type { Kernel } from './kernels.js';
import { roundCost } from './mca.js';
import { executed, regionsOf, sizeOf } from './regions.js';

export interface KernelCycles {
  readonly name: string;
  readonly table: string;
  /** Of a multiply-add: those of all loops, and for what is in none the same an instruction. */
  readonly perUnit: number;
  /** Of the loop with the most instructions: instructions and cycles of a round, and what limits it. */
  readonly instructions: number;
  readonly cycles: number;
  readonly limit: string;
  /** The part of all instructions that is in that loop, and in all loops. */
  readonly inLoop: number;
  readonly inLoops: number;
}

export function kernelCycles(
  core: Core,
  { name, table, units, executions }: Kernel,
  code: ReadonlyMap<number, Instruction>,
): KernelCycles {
  const all = executed(executions, 0, Infinity);
  const regions = regionsOf(code, executions).map((region) => ({
    ...region,
    ...roundCost(core, region),
    size: sizeOf(region),
  }));
  const [first] = regions;
  if (first === undefined) throw new Error(`${table}/${name} has no loop`);
  const size = regions.reduce((sum, region) => sum + region.size, 0);
  const cycles = regions.reduce((sum, region) => sum + region.cycles * region.times, 0);
  return {
    ...{ name, table, perUnit: (cycles / size) * (all / units) },
    ...{ instructions: first.instructions.length, cycles: first.cycles, limit: first.limit },
    ...{ inLoop: first.size / all, inLoops: size / all },
  };
}
