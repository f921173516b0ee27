/**
 * The tokenizer beside Hugging Face's library: loading, text a second of CPU time, memory.
 * Each round of each is a process of its own, in turn; medians are printed.
 *
 *     node dist/bench/tokenizer.js [rounds]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { median } from '../src/cli/bench.js';
import { createEncoder } from '../src/tokenizer/encoder.js';
import { buildEncodingTables } from '../src/tokenizer/encoding-tables.js';
import { readTokenizerJson } from '../src/tokenizer/tokenizer-json.js';
import { REPOSITORY } from '../test/support/reference.js';
import { realPath } from '../test/support/tokenizer-families.js';

const MIB = 1 << 20;
/** Copies that make ordinary text of the documentation. */
const COPIES = 8;

type Encode = (text: string, sample: () => void) => unknown;
type Row = Map<string, number>;
const SIDES = ['kinglet', 'library'] as const;

const TEXTS: readonly (readonly [name: string, text: () => string])[] = [
  [
    'ordinary',
    () =>
      ['README.md', 'CONTRIBUTING.md', 'docs/errors.md', 'src/config.ts', 'native/model.h']
        .map((file) => readFileSync(new URL(file, REPOSITORY), 'utf8'))
        .join('\n')
        .repeat(COPIES),
  ],
  ['a digit', () => '7'.repeat(MIB)],
  ['spaces', () => ' '.repeat(MIB)],
  ['a letter', () => 'a'.repeat(MIB)],
  ['letters', () => Array.from({ length: MIB }, (_, i) => 'etaoin'[(i * i * 7) % 6]).join('')],
  ['emoji', () => '🙂'.repeat(MIB / 4)],
];

async function loadKinglet(): Promise<Encode> {
  const document: unknown = JSON.parse(readFileSync(realPath('llama3_1'), 'utf8'));
  const { tables } = await buildEncodingTables(readTokenizerJson(document));
  const encoder = createEncoder(tables);
  return (text, checkpoint) =>
    encoder.encode(text, { special: 'parse', maxTokens: Infinity, checkpoint });
}

async function loadLibrary(): Promise<Encode> {
  const { Tokenizer } = await import('tokenizers');
  const library = Tokenizer.fromString(readFileSync(realPath('llama3_1'), 'utf8'));
  return async (text, sample) => {
    const timer = setInterval(sample, 5);
    const encoding = await library.encode(text, null, { addSpecialTokens: false });
    sample();
    clearInterval(timer);
    return encoding.getIds();
  };
}

const memory = (): number => process.memoryUsage.rss() / MIB;

/** Seconds of CPU time of the process so far. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function measure(which: string): Promise<Row> {
  const texts = TEXTS.map(([name, text]) => [name, Buffer.from(text()).toString()] as const);
  const row: Row = new Map();
  const begun = cpuSeconds();
  const memoryBefore = memory();
  const encode = await (which === 'kinglet' ? loadKinglet() : loadLibrary());
  row.set('load, ms', (cpuSeconds() - begun) * 1000);
  row.set('load, MiB', memory() - memoryBefore);
  for (const [name, text] of texts) {
    const size = Buffer.byteLength(text) / MIB;
    const before = memory();
    let peak = before;
    const start = cpuSeconds();
    await encode(text, () => {
      peak = Math.max(peak, memory());
    });
    row.set(`${name}, MiB/s`, size / (cpuSeconds() - start));
    row.set(`${name}, MiB a MiB`, (peak - before) / size);
  }
  return row;
}

const which = process.argv[2];
if (which === 'kinglet' || which === 'library') {
  console.log(JSON.stringify([...(await measure(which))]));
} else {
  const rounds = Number(which ?? 3);
  const figures = { kinglet: new Map<string, number[]>(), library: new Map<string, number[]>() };
  for (let round = 0; round < rounds; round++) {
    for (const one of SIDES) {
      const env = { ...process.env, RAYON_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' };
      const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), one], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for (const [key, figure] of JSON.parse(stdout) as [string, number][]) {
        figures[one].set(key, [...(figures[one].get(key) ?? []), figure]);
      }
    }
  }
  console.log(`Medians of ${rounds} rounds:        kinglet  library`);
  for (const key of figures.kinglet.keys()) {
    const medians = SIDES.map((one) =>
      median(figures[one].get(key) ?? [])
        .toFixed(1)
        .padStart(8),
    );
    console.log(`${key.padEnd(24)} ${medians.join(' ')}`);
  }
}
