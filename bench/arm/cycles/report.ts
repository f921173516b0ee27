/** Tables of modelled cycles and of estimated speeds. */
import { figure, markdownTable } from '../../serving/table.js';
import { BOARDS } from './boards.js';
import type { Core } from './cores.js';
import { estimate, type CyclesOf } from './estimate.js';
import type { KernelCycles } from './kernel-cycles.js';
import { tokenWorks } from './models.js';

export interface CoreCycles {
  readonly core: Core;
  readonly kernels: readonly KernelCycles[];
}

export function coreTitle({ name, standIn }: Core): string {
  return standIn === undefined ? name : `${name}, by LLVM's model of the ${standIn}`;
}

export function cyclesTable(kernels: readonly KernelCycles[]): string {
  return markdownTable(
    ['cycles a multiply-add', 'instructions a round', 'cycles', 'limit', '% in it', '% in loops'],
    kernels.map(({ table, name, perUnit, instructions, cycles, limit, inLoop, inLoops }) => ({
      name: `${table}/${name}`,
      cells: [
        ...[figure(perUnit, 4), String(instructions), figure(cycles, 1), limit],
        ...[inLoop, inLoops].map((share) => figure(100 * share)),
      ],
    })),
  );
}

/** A row for each model, two columns for each board. */
export function estimatesTable(all: readonly CoreCycles[]): string {
  const head = BOARDS.flatMap(({ name }) => [`${name}: prefill`, 'decode', 'waits for']);
  const rows = tokenWorks().map((work) => ({
    name: work.name,
    cells: BOARDS.flatMap((board) => {
      const { prefill, decode, readsLonger } = estimate(board, work, cyclesOn(all, board.core));
      return [speed(prefill), speed(decode), readsLonger ? 'memory' : 'cores'];
    }),
  }));
  return markdownTable(head, rows);
}

function cyclesOn(all: readonly CoreCycles[], name: string): CyclesOf {
  const kernels = all.find(({ core }) => core.name === name)?.kernels ?? [];
  return (kernel) => {
    const found = kernels.find((each) => each.name === kernel);
    if (found === undefined) throw new Error(`${kernel} was not modelled for the ${name}`);
    return found.perUnit;
  };
}

const speed = (tokens: number): string => figure(tokens, tokens < 10 ? 1 : 0);
