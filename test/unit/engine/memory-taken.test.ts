/** What is planned, and printed at the start, against what a load and its steps then take. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { formatBytes } from '../../../src/engine/memory-plan.js';
import { TENSOR_FORMATS } from '../../../src/model/formats.js';
import type { Shape } from '../../support/blank-model.js';
import type { Taken, TakenRequest } from '../../support/memory-taken.js';

const PROCESS = fileURLToPath(new URL('../../support/memory-taken.js', import.meta.url));
/** Of the process beside what the addon maps: its heap, and pages of what is planned but not used. */
const SLACK = 16 * 2 ** 20;

const SHAPES: Readonly<Record<string, Shape>> = {
  // Embedding, logits and the sampler's scratch.
  'a wide vocabulary': {
    ...{ layers: 1, hiddenSize: 256, ffnSize: 256, heads: 4, kvHeads: 4, headDim: 64 },
    ...{ vocabSize: 98304, contextLength: 128, tied: true },
  },
  // Many matrices, and a pool that is larger than they.
  'many layers': {
    ...{ layers: 24, hiddenSize: 256, ffnSize: 512, heads: 4, kvHeads: 4, headDim: 64 },
    ...{ vocabSize: 512, contextLength: 1024, tied: true },
  },
  // Wide rows: activations, attention's scratch of a long context; a head of its own.
  'grouped queries': {
    ...{ layers: 2, hiddenSize: 1024, ffnSize: 4096, heads: 16, kvHeads: 2, headDim: 64 },
    ...{ vocabSize: 4096, contextLength: 256, tied: false },
  },
};

async function takenBy(request: TakenRequest): Promise<Taken[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    PROCESS,
    JSON.stringify(request),
  ]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Taken);
}

const formats = TENSOR_FORMATS.map(({ name }) => name);

for (const [name, shape] of Object.entries(SHAPES)) {
  t.test(name, async (t) => {
    const all = await takenBy({ shape, formats });
    t.strictSame(
      all.map(({ format }) => format),
      formats,
    );
    for (const { format, plan, measured, arrayBytes, info, residentBytes } of all) {
      const planned = plan.weightBytes + plan.scratchBytes + plan.kvPoolBytes;
      t.equal(info.mappedBytes, planned - arrayBytes, `${format}: the allocator's count`);
      t.match(info, measured, `${format}: measured without and with the file`);
      const printed = plan.lines.find((line) => line.startsWith('memory: at most')) ?? '';
      t.match(printed, `weights ${formatBytes(info.weightBytes)}, `, `${format}: printed`);
      t.match(printed, `KV cache ${formatBytes(info.kvPoolBytes)}, `);
      t.match(printed, `scratch ${formatBytes(info.scratchBytes + arrayBytes)}, `);
      const difference = residentBytes - planned;
      t.ok(Math.abs(difference) < SLACK, `${format}: ${residentBytes} bytes of ${planned}`);
    }
  });
}
