/** What bench/arm/model-cycles makes of counts and of llvm-mca. */
import t from 'tap';
import { BOARDS } from '../../../bench/arm/cycles/boards.js';
import { CORES } from '../../../bench/arm/cycles/cores.js';
import { parseDisassembly } from '../../../bench/arm/cycles/disassembly.js';
import { estimate } from '../../../bench/arm/cycles/estimate.js';
import { readKernels } from '../../../bench/arm/cycles/kernels.js';
import { readReport } from '../../../bench/arm/cycles/mca.js';
import { tokenWorks } from '../../../bench/arm/cycles/models.js';
import { regionsOf, sizeOf } from '../../../bench/arm/cycles/regions.js';

const CODE = parseDisassembly(`
build/count_kernels:	file format elf64-littleaarch64

0000000000000100 <gemv>:
     100:      	mov	x1, x0
     104:      	add	x1, x1, #0x10
     108:      	ldr	q0, [x1], #0x10
     10c:      	sdot	v1.4s, v0.16b, v2.16b
     110:      	cbz	x3, 0x11c <gemv+0x1c>
     114:      	prfm	pldl1keep, [x1, #0x80]
     118:      	bl	0x200 <other>
     11c:      	subs	x2, x2, #0x1
     120:      	b.ne	0x108 <gemv+0x8>
     124:      	str	q1, [x5]
     128:      	tbnz	w4, #0x0, 0x104 <gemv+0x4>
     12c:      	ret
`);

t.test('a disassembly is read: branches have their targets, and no calls are left', async (t) => {
  t.strictSame(CODE.get(0x108), { address: 0x108, text: 'ldr q0, [x1], #0x10' });
  t.strictSame(CODE.get(0x120), { address: 0x120, text: 'b.ne ', target: 0x108 });
  t.strictSame(CODE.get(0x128), { address: 0x128, text: 'tbnz w4, #0x0, ', target: 0x104 });
  t.notOk(CODE.has(0x118));
  t.notOk(CODE.has(0x12c));
});

t.test(
  'loops are what was branched back to, without what ran seldom and what is inside',
  async (t) => {
    const executions = new Map<number, number>([[0x100, 1]]);
    for (const address of [0x104, 0x124, 0x128]) executions.set(address, 20);
    for (const address of [0x108, 0x10c, 0x110, 0x11c, 0x120]) executions.set(address, 200);
    executions.set(0x114, 20);
    const [inner, outer, ...others] = regionsOf(CODE, executions);
    t.equal(others.length, 0);
    t.strictSame(
      inner?.instructions.map(({ address }) => address),
      [0x108, 0x10c, 0x110, 0x11c, 0x120],
    );
    t.equal(inner?.times, 200);
    t.strictSame(
      outer?.instructions.map(({ address }) => address),
      [0x104, 0x124, 0x128],
    );
    t.equal(outer === undefined ? 0 : sizeOf(outer), 60);
  },
);

t.test('a kernel is counted in the best table that has it', async (t) => {
  const executions = new Map(['1', '2', '3'].map((id) => [id, new Map([[Number(id), 1]])]));
  const lines = 'mark 1 64 neon_dotprod/q4_0 gemv\nmark 2 64 neon/q4_0 gemv\nmark 3 8 neon/add\n';
  const kernels = readKernels(lines, executions);
  t.strictSame(
    kernels.map(({ table, name, units }) => ({ table, name, units })),
    [
      { table: 'neon_dotprod', name: 'q4_0 gemv', units: 64 },
      { table: 'neon', name: 'add', units: 8 },
    ],
  );
  t.throws(() => readKernels(lines, new Map()), { message: /no count/ });
});

t.test('a round takes what llvm-mca says, or what the dispatch allows', async (t) => {
  const report = (totalCycles: number, usage: readonly number[]) => ({
    CodeRegions: [
      {
        Instructions: ['sdot', 'sdot', 'add'],
        SummaryView: { Iterations: 100, TotalCycles: totalCycles, TotaluOps: 300 },
        ResourcePressureView: {
          ResourcePressureInfo: [
            { InstructionIndex: 0, ResourceIndex: 1, ResourceUsage: 9 },
            ...usage.map((ResourceUsage, ResourceIndex) => {
              return { InstructionIndex: 3, ResourceIndex, ResourceUsage };
            }),
          ],
        },
      },
    ],
    TargetInfo: { Resources: ['N1UnitS.\u0000', 'N1UnitV0', 'N1UnitV1'] },
  });
  const core = { instructions: 4, microOps: 8 };
  t.strictSame(readReport(report(100, [0.5, 1, 1]), core), { cycles: 1, limit: 'V0 V1' });
  t.strictSame(readReport(report(200, [0.5, 1, 0.9]), core), { cycles: 2, limit: 'V0 50 %' });
  t.strictSame(readReport(report(100, [0.5, 1, 0.9]), { ...core, instructions: 2 }), {
    ...{ cycles: 1.5, limit: 'dispatch' },
  });
  t.strictSame(readReport(report(100, [0, 1, 0]), { ...core, units: { V0: 'F0' } }), {
    ...{ cycles: 1, limit: 'F0' },
  });
});

t.test('what a token takes of the shapes is known, and every board has a core', async (t) => {
  const work = tokenWorks().find(({ name }) => name === '140M Q4_0');
  // 66 million weights in layers and 74 in the head, of which Q4_0 has 18 bytes for 32, and Q8_0 34.
  t.strictSame([...(work?.layers ?? [])], [['q4_0', 66355200]]);
  t.strictSame([...(work?.head ?? [])], [['q8_0', 73875456]]);
  t.equal(work?.weightBytes, (66355200 / 32) * 18 + (73875456 / 32) * 34);
  t.equal(work?.kvBytes, 2 * 2 * 15 * 3 * 64);
  const cores = CORES.map(({ name }) => name);
  for (const { name, core } of BOARDS) t.ok(cores.includes(core), name);
});

t.test('decode takes as long as reading or computing, whichever is longer', async (t) => {
  const board = {
    name: 'board',
    core: 'cortex-a76',
    cores: 2,
    gigahertz: 1,
    gigabytes: 1,
  } as const;
  const work = {
    ...{ name: 'model', attention: 0, weightBytes: 1e6, kvBytes: 0 },
    ...{ layers: new Map([['q4_0', 1e6]]), head: new Map([['q8_0', 1e6]]) },
  };
  const cycles = (each: number) => (kernel: string) => (kernel.includes('attend') ? 0 : each);
  const reads = estimate(board, work, cycles(0.1));
  t.ok(reads.readsLonger);
  t.equal(Math.round(reads.decode), 1000);
  t.equal(Math.round(reads.prefill), 20000);
  const computes = estimate(board, work, cycles(10));
  t.notOk(computes.readsLonger);
  t.equal(Math.round(computes.decode), 100);
});
