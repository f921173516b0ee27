/** `kinglet bench` as a user runs it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { BenchResult } from '../../src/cli/bench.js';
import { KINGLET } from '../support/command.js';
import { REFERENCE } from '../support/reference.js';

const MODEL = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
/** A round that is short, and long enough for a clock. */
const SHORT = ['--prompt', '48', '--generate', '16', '--threads', '1'];

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

function bench(...args: string[]): Promise<Run> {
  const [command, ...first] = KINGLET;
  const started = performance.now();
  return new Promise((resolve) => {
    const child = execFile(command, [...first, 'bench', ...args], (_error, stdout, stderr) => {
      const seconds = (performance.now() - started) / 1000;
      resolve({ status: child.exitCode, stdout, stderr, seconds });
    });
  });
}

async function measured(...flags: string[]): Promise<BenchResult & { seconds: number }> {
  const { status, stdout, stderr, seconds } = await bench(MODEL, '--json', ...flags);
  if (status !== 0) throw new Error(stderr);
  return { ...(JSON.parse(stdout) as BenchResult), seconds };
}

t.test('JSON has what was asked for, and figures that agree with one another', async (t) => {
  const flags = ['--batch', '3', '--repeats', '4', '--isa', 'scalar', '--pin'];
  const result = await measured(...SHORT, ...flags);
  const { prefill = [], decode, prefillMedian, decodeMedian, seconds, cpus, ...others } = result;
  const { weightBytes, stepWeightBytes, peakResidentBytes, ...rest } = others;
  t.equal(cpus.length, 1, 'the CPU that --pin chose for the one thread');
  t.strictSame(rest, {
    prompt: 48,
    generate: 16,
    batch: 3,
    threads: 1,
    pin: true,
    repeats: 4,
    compute: 'auto',
    kvCacheType: 'f16',
    quantize: 'none',
    isa: 'scalar',
    model: 'smollm2.F16',
    kernels: ['scalar/f16'],
    fillKv: false,
    // Keys and values of 3 layers, each a head of 32, two bytes an element.
    kvBytesPerToken: 2 * 3 * 32 * 2,
  });
  t.equal(stepWeightBytes, weightBytes, 'the embedding is the head');
  t.ok(
    peakResidentBytes > weightBytes && peakResidentBytes < 2 ** 30,
    `${peakResidentBytes} bytes`,
  );
  let computing = 0;
  for (const [figures, middle, tokens] of [
    [prefill, prefillMedian, 3 * 48],
    [decode, decodeMedian, 3 * 16],
  ] as const) {
    t.equal(figures.length, 4, 'one figure a repeat');
    t.ok(figures.every((figure) => Number.isFinite(figure) && figure > 0));
    const [, second, third] = [...figures].sort((a, b) => a - b);
    t.equal(middle, (second! + third!) / 2, 'the median of an even number');
    for (const figure of figures) computing += tokens / figure;
  }
  t.ok(computing < seconds, `${computing} s of computing in a process of ${seconds} s`);
  // 276,480 weights of two bytes and 672 of norms: more only where rows are padded.
  t.ok(weightBytes >= 2 * 276_480 + 4 * 672 && weightBytes < 700_000, `${weightBytes} bytes`);
});

t.test('flags change what is computed', async (t) => {
  const plain = await measured(...SHORT);
  t.match(plain, { batch: 1, repeats: 3, isa: '' });
  const quantized = await measured(...SHORT, '--quantize', 'q4_0');
  t.ok(quantized.weightBytes < plain.weightBytes / 2, `${quantized.weightBytes} bytes`);
  t.ok(
    quantized.kernels.some((kernel) => kernel.endsWith('/q4_0')),
    quantized.kernels.join(),
  );
  t.equal((await measured(...SHORT, '--kv-cache-type', 'q8')).kvCacheType, 'q8');
  const float = await measured(...SHORT, '--compute', 'float', '--isa', 'scalar');
  t.strictSame(float.kernels, ['scalar/f32']);
  t.ok(float.weightBytes > plain.weightBytes);
  const defaults = await measured('-t', '2', '--repeats', '1');
  t.match(defaults, { prompt: 512, generate: 128, threads: 2, repeats: 1 });
});

t.test('--fill-kv measures decode alone, at any context', async (t) => {
  const result = await measured('--fill-kv', '--prompt', '8000', '--generate', '8', '-t', '2');
  t.match(result, { fillKv: true, prompt: 8000 });
  t.notOk('prefill' in result || 'prefillMedian' in result);
  t.ok(result.decode.length === 3 && result.decode.every((rate) => rate > 0));
  const { stdout } = await bench(MODEL, ...SHORT, '--fill-kv');
  t.match(stdout, /^prefill of 48: not measured\ndecode of 16, 1 together: [1-9]/m);
});

t.test('without --json it prints a table', async (t) => {
  const { status, stdout, stderr } = await bench(
    MODEL,
    ...SHORT,
    '--batch',
    '2',
    '--isa',
    'scalar',
  );
  t.equal(status, 0);
  t.equal(stderr, '');
  const rate = String.raw`([1-9]\d*\.\d) tokens/s`;
  const lines = [
    String.raw`smollm2\.F16 \(scalar/f16\), 1 thread`,
    `prefill of 48: ${rate}`,
    `decode of 16, 2 together: ${rate}`,
    'medians of 3',
  ];
  t.match(stdout, new RegExp(`^${lines.join('\n')}\n$`));
});

t.test('a wrong argument is refused in a line, and nothing is printed beside it', async (t) => {
  const wrong: [args: string[], message: RegExp][] = [
    [[MODEL, '--prompt', '0'], /^kinglet: --prompt: expected an integer .*, but got '0'\.\n$/],
    [[MODEL, '--generate', '-1'], /^kinglet: --generate: expected an integer .* '-1'\.\n$/],
    [[MODEL, '--batch', '1.5'], /^kinglet: --batch: expected an integer .* '1\.5'\.\n$/],
    [[MODEL, '--repeats', 'x'], /^kinglet: --repeats: expected an integer .* 'x'\.\n$/],
    [[MODEL, '-t', '9999'], /^kinglet: --threads: expected an integer between 1 and 1024, .*\n$/],
    [[MODEL, '--compute', 'int'], /^kinglet: --compute: expected one of auto, float, .*'int'\.\n$/],
    [
      [MODEL, '--quantize', 'q3'],
      /^kinglet: --quantize: expected one of none, q4_0, q4_1, q8_0, but got 'q3'\.\n$/,
    ],
    [
      [MODEL, '--prompt', '8000', '--generate', '200'],
      /^kinglet: .*8200 tokens, is more than .*\n$/,
    ],
    [[MODEL, '--isa', 'z80'], /^kinglet: .*'z80'.* scalar\n$/],
    [['/nowhere/model.gguf'], /^kinglet: \/nowhere\/model\.gguf: cannot be read .*\n$/],
    [[MODEL, '--warp'], /^error: unknown option '--warp'\n$/],
    [[], /^error: missing required argument 'model'\n$/],
  ];
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = await bench(...args);
    const name = args.slice(-2).join(' ');
    t.equal(status, 1, name);
    t.match(stderr, message, name);
    t.equal(stdout, '', name);
  }
});
