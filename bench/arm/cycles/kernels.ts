/** The kernels as a core's qemu model runs them, and what each executes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, segmentsOf } from '../tokens/symbols.js';
import type { Executions } from './regions.js';

export interface Kernel {
  /** "q4_0 gemv", without its table. */
  readonly name: string;
  readonly table: string;
  /** Multiply-adds or elements. */
  readonly units: number;
  readonly executions: Executions;
}

/** Runs count_kernels.cpp, built as `program`; of kernels in several tables the best table's. */
export function runKernels(plugin: string, program: string, cpu: string): Kernel[] {
  const folder = mkdtempSync(join(tmpdir(), 'kinglet-cycles-'));
  try {
    const out = join(folder, 'counts');
    const names = execFileSync(
      'qemu-aarch64',
      [
        ...['-L', '/usr/aarch64-linux-gnu', '-cpu', cpu],
        ...['-plugin', `${plugin},out=${out},places=on`, program],
      ],
      { encoding: 'utf8' },
    );
    return readKernels(names, executionsByMark(readFileSync(out, 'utf8'), program));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lines "mark ID UNITS TABLE/NAME", the best table's first. */
export function readKernels(lines: string, executions: ReadonlyMap<string, Executions>): Kernel[] {
  const kernels = new Map<string, Kernel>();
  for (const [, id = '', units, table = '', name = ''] of lines.matchAll(
    /^mark (\d+) (\d+) ([^/]+)\/(.+)$/gm,
  )) {
    const found = executions.get(id);
    if (found === undefined) throw new Error(`no count for ${table}/${name}`);
    if (!kernels.has(name)) {
      kernels.set(name, { name, table, units: Number(units), executions: found });
    }
  }
  return [...kernels.values()];
}

/** Of the plugin's output, what the program's own instructions ran before each mark. */
function executionsByMark(text: string, program: string): Map<string, Executions> {
  const segments = segmentsOf(readFileSync(program));
  const path = realpathSync(program);
  const marks = new Map<string, Executions>();
  let executions = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'mark') {
      executions = new Map();
      marks.set(words[0] ?? '', executions);
    } else if (kind === 'at' && words.slice(5).join(' ') === path) {
      const [times = 0, simd = 0, memory = 0, other = 0, offset = 0] = words.map(Number);
      const begin = addressOf(segments, offset);
      for (let i = 0; i < simd + memory + other; i++) {
        const address = begin + 4 * i;
        executions.set(address, (executions.get(address) ?? 0) + times);
      }
    }
  }
  return marks;
}
