/** What the recipes of CONTRIBUTING.md add when they are tried, and what then is left out again. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomSource } from '../support/random.js';
import { writeFixture } from './architecture-fixture.js';
import { PARENT_ISA } from './parent-isa.js';
import type { WorkingCopy } from './working-copy.js';
import { writeSafetensors } from './write-safetensors.js';

export interface Recipe {
  /** The section of CONTRIBUTING.md. */
  readonly title: string;
  /** What is added, NAME in the section. */
  readonly name: string;
  readonly apply: (copy: WorkingCopy) => void;
}

/** How a change is noticed: the first of these that fails says what is missing. */
export type Check = 'configure' | 'native' | 'types' | 'architectures' | 'logits';

export interface Omission {
  readonly what: string;
  readonly leaveOut: (copy: WorkingCopy) => void;
  readonly check: Check;
  /** In what is printed. */
  readonly message: RegExp;
}

const FORMATS = 'native/quant/formats.json';
const ISAS = 'native/kernels/isas.json';
const UNITS = 'native/kernels/scalar/quantized_matmul.cpp';
const REFERENCE = 'test/golden/reference/formats/sample_q3.safetensors';
const FAMILY = 'src/model/architectures/heron.ts';
const FAMILIES = 'src/model/architectures/families.ts';

const DOCUMENT = 'docs/formats.md';
const DOCUMENTED = '| SAMPLE_Q3 | its own bits | 3.5 | 3.5 | 3.5 |\n';

const Q3_UNIT = '  units[computed::sample_q3] = unit<sample_q3>("scalar/sample_q3");\n';

export const RECIPES: readonly Recipe[] = [
  {
    title: 'Adding an instruction set',
    name: 'sample_isa',
    apply: (copy) => {
      addRow(copy, ISAS, 'isas', PARENT_ISA, { name: 'sample_isa', parent: PARENT_ISA });
      copy.place('sample_isa.cpp', 'native/kernels/sample_isa/q8_0.cpp');
    },
  },
  {
    title: 'Adding a quantization format',
    name: 'sample_q3',
    apply: (copy) => {
      const row = { name: 'sample_q3', number: 200, blockValues: 32, blockBytes: 14 };
      addRow(copy, FORMATS, 'formats', 'f32', { ...row, halvesAt: [12] });
      copy.place('sample_q3.h', 'native/quant/sample_q3.h');
      copy.place('sample_q3.cpp', 'native/quant/sample_q3.cpp');
      const header = '#include "quant/k_quants.h"\n';
      copy.replace(UNITS, header, `${header}#include "quant/sample_q3.h"\n`);
      const first = '  MatmulKernel* units = table.units;\n';
      copy.replace(UNITS, first, first + Q3_UNIT);
      const floats = '| F32 | as it is |';
      copy.replace(DOCUMENT, floats, DOCUMENTED + floats);
      writeReference(copy.path(REFERENCE));
    },
  },
  {
    title: 'Adding an architecture',
    name: 'heron',
    apply: (copy) => {
      copy.place('heron.cpp', 'native/architectures/heron.cpp');
      copy.place('heron.ts.txt', FAMILY);
      const line = "export { llama } from './llama.js';\n";
      copy.replace(FAMILIES, line, `export { heron } from './heron.js';\n${line}`);
      const tokenizer = copy.path('test/golden/reference/checkpoints/smollm2');
      writeFixture(copy.path('test/golden/generated'), tokenizer);
    },
  },
];

export const OMISSIONS: readonly Omission[] = [
  {
    what: "the instruction set's sources",
    leaveOut: (copy) => copy.remove('native/kernels/sample_isa'),
    check: 'configure',
    message: /'sample_isa' has no sources in native\/kernels\/sample_isa/,
  },
  {
    what: "the instruction set's row",
    leaveOut: (copy) => editRows(copy, ISAS, 'isas', (rows) => rows.filter(isNot('sample_isa'))),
    check: 'configure',
    message: /sample_isa.* belongs to no row/,
  },
  {
    what: "the format's function",
    leaveOut: (copy) =>
      copy.replace('native/quant/sample_q3.h', 'void dequantize_sample_q3', 'void decode'),
    check: 'native',
    message: /dequantize_sample_q3/,
  },
  {
    what: "the format's layout",
    leaveOut: (copy) =>
      copy.replace(
        'native/quant/sample_q3.h',
        'code_layout<Format::sample_q3>',
        'code_layout<Format{201}>',
      ),
    check: 'native',
    message: /Format::sample_q3[^]*the format has no code_layout/,
  },
  {
    what: "the format's unit",
    leaveOut: (copy) => copy.replace(UNITS, Q3_UNIT, ''),
    check: 'native',
    message: /no unit for the format sample_q3/,
  },
  {
    what: "the format's reference",
    leaveOut: (copy) => copy.remove(REFERENCE),
    check: 'native',
    message: /sample_q3 has no reference blocks/,
  },
  {
    what: "the format's row in the documents",
    leaveOut: (copy) => copy.replace(DOCUMENT, DOCUMENTED, ''),
    check: 'native',
    message: /docs\/formats\.md has no row of the format sample_q3/,
  },
  {
    what: "the architecture's pairing in checkpoints",
    leaveOut: (copy) => copy.replace(FAMILY, "    ropePairing: 'interleaved',\n", ''),
    check: 'types',
    message: /heron\.ts.*'ropePairing' is missing/,
  },
  {
    what: "the architecture's pairing in GGUF files",
    leaveOut: (copy) => copy.replace(FAMILY, "    ropePairing: 'half',\n", ''),
    check: 'types',
    message: /heron\.ts.*'ropePairing' is missing/,
  },
  {
    what: "the architecture's defaults",
    leaveOut: (copy) =>
      copy.replace(
        FAMILY,
        '    defaults: { kvHeads: 2, headDim: 32, context: 512, ropeTheta: 7000, rmsNormEpsilon: 1e-3 },\n',
        '',
      ),
    check: 'types',
    message: /heron\.ts.*'defaults' is missing/,
  },
  {
    what: "the architecture's defaults in GGUF files",
    leaveOut: (copy) =>
      copy.replace(FAMILY, '    defaults: { kvHeads: 2, headDim: 32, ropeTheta: 7000 },\n', ''),
    check: 'types',
    message: /heron\.ts.*'defaults' is missing/,
  },
  {
    what: "the architecture's declared name",
    leaveOut: (copy) => copy.replace(FAMILY, '    heron: true;\n', ''),
    check: 'types',
    message: /heron\.ts.*"heron"/,
  },
  {
    what: "the architecture's own pairing: the other one",
    leaveOut: (copy) => copy.replace(FAMILY, "ropePairing: 'interleaved'", "ropePairing: 'half'"),
    check: 'logits',
    message: /not ok .*checkpoint heron/,
  },
  {
    what: "the architecture's line in the registry",
    leaveOut: (copy) => copy.replace(FAMILIES, "export { heron } from './heron.js';\n", ''),
    check: 'types',
    message: /'heron' is missing/,
  },
  {
    what: "the architecture's file in C++",
    leaveOut: (copy) => copy.remove('native/architectures/heron.cpp'),
    check: 'architectures',
    message: /not ok .*native\/architectures\/heron\.cpp is built into the addon/,
  },
  {
    what: "the architecture's checkpoint",
    leaveOut: (copy) => copy.remove('test/golden/generated/checkpoints/heron'),
    check: 'architectures',
    message: /not ok .*has a checkpoint of heron/,
  },
  {
    what: "the architecture's GGUF file",
    leaveOut: (copy) => {
      copy.remove('test/golden/generated/gguf/heron.F32.gguf');
      copy.remove('test/golden/generated/gguf/heron.F32.expected.safetensors');
    },
    check: 'architectures',
    message: /not ok .*has a GGUF file of heron/,
  },
];

interface Row {
  readonly name?: string;
  readonly [field: string]: unknown;
}

const isNot =
  (excluded: string) =>
  ({ name }: Row): boolean =>
    name !== excluded;

/** Adds a row below the row `above` to a file's list. */
function addRow(copy: WorkingCopy, file: string, list: string, above: string, row: Row): void {
  editRows(copy, file, list, (rows) => {
    const at = rows.findIndex(({ name }) => name === above);
    if (at < 0) throw new Error(`${file} has no row ${above}`);
    return rows.toSpliced(at + 1, 0, row);
  });
}

function editRows(
  copy: WorkingCopy,
  file: string,
  list: string,
  edit: (rows: readonly Row[]) => readonly Row[],
): void {
  const document = JSON.parse(readFileSync(copy.path(file), 'utf8')) as Record<string, Row[]>;
  const edited = { ...document, [list]: edit(document[list] ?? []) };
  writeFileSync(copy.path(file), `${JSON.stringify(edited, null, 2)}\n`);
}

/** Random blocks of sample_q3 and what they mean, computed bit by bit from the format's words. */
function writeReference(path: string): void {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const random = randomSource(3);
  const rows = 4;
  const blocks = rows * (512 / 32);
  const raw = Uint8Array.from({ length: blocks * 14 }, () => random() * 256);
  const values = new Float32Array(blocks * 32);
  for (let block = 0; block < blocks; block++) {
    const bytes = raw.subarray(block * 14, (block + 1) * 14);
    // A scale of 2 ** (0 … 7), positive: a half's exponent begins at bit 10 and is biased by 15.
    const exponent = block % 8;
    bytes.set([0, (15 + exponent) << 2], 12);
    const bits = [...bytes.subarray(0, 12)].flatMap((byte) =>
      Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1),
    );
    for (let i = 0; i < 32; i++) {
      const [low = 0, middle = 0, high = 0] = bits.slice(3 * i, 3 * i + 3);
      values[block * 32 + i] = 2 ** exponent * (low + 2 * middle + 4 * high - 4);
    }
  }
  writeSafetensors(
    path,
    new Map([
      ['sample_q3.raw', { shape: [rows, raw.length / rows], data: raw }],
      ['sample_q3.values', { shape: [rows, 512], data: values }],
    ]),
  );
}
