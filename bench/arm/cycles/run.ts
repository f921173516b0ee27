/** bench/arm/model-cycles PLUGIN PROGRAM: see bench/README.md. */
import { BOARDS } from './boards.js';
import { CORES } from './cores.js';
import { disassemble } from './disassembly.js';
import { PROMPT } from './estimate.js';
import { kernelCycles } from './kernel-cycles.js';
import { runKernels } from './kernels.js';
import { coreTitle, cyclesTable, estimatesTable, type CoreCycles } from './report.js';

/** The kernels of decode and of prefill; halves, since KV is kept in them. */
const MODELLED = /^\w+ (gemv|gemm of 64)$|^attend_f16 (1|16)x3 of 512$/;

function main(plugin: string, program: string): void {
  const code = disassemble(program);
  const all: CoreCycles[] = [];
  for (const core of CORES) {
    console.error(core.name);
    const kernels = runKernels(plugin, program, core.emulated)
      .filter(({ name }) => MODELLED.test(name))
      .map((kernel) => kernelCycles(core, kernel, code));
    all.push({ core, kernels });
    console.log(`${coreTitle(core)}\n\n${cyclesTable(kernels)}\n`);
  }
  const boards = BOARDS.map(
    ({ name, cores, gigahertz, gigabytes }) =>
      `${name}: ${cores} cores at ${gigahertz} GHz, ${gigabytes} GB/s`,
  );
  console.log(
    `ESTIMATE, not measured: tokens/s, prompts of ${PROMPT} and decode after one\n` +
      `${boards.join('; ')}\n\n${estimatesTable(all)}`,
  );
}

const [plugin = '', program = ''] = process.argv.slice(2);
main(plugin, program);
