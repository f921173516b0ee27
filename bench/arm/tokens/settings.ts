/** What bench/arm/count-tokens was asked for. */
import { parseArgs } from 'node:util';
import { integer } from '../../../src/flag-values.js';
import { given, madeFiles, type Target } from '../../comparing/settings.js';
import { kinglet, llamaCpp, type Engine, type Work } from './engines.js';
import { ISAS, type Isa } from './isas.js';

const USAGE = `usage: bench/arm/count-tokens [FILE.gguf ...] [flags]
  FILE.gguf ...        files to count on, instead of random weights in real shapes
  --files LIST         which of those, as bench/peers names them (140M)
  --isa LIST           kinds of CPU: ${ISAS.map(({ name }) => name).join(', ')} (dotprod,i8mm)
  --engine LIST        kinglet, llama.cpp (both)
  --prompts A,B        a prefilled token is what B tokens of prompt take beyond A, by B - A (64,128)
  --generate A,B       a generated token likewise, after A tokens of prompt (4,12)
  --profile            the ten functions in which most of the instructions are, too`;

export interface Settings {
  readonly targets: readonly Target[];
  readonly isas: readonly Isa[];
  readonly engines: readonly Engine[];
  readonly work: Work;
  readonly profile: boolean;
}

/** The program's arguments; those that bench/arm/count-tokens adds say where its programs are. */
export function readSettings(argv: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '140M' },
      isa: { type: 'string', default: 'dotprod,i8mm' },
      engine: { type: 'string', default: 'kinglet,llama.cpp' },
      prompts: { type: 'string', default: '64,128' },
      generate: { type: 'string', default: '4,12' },
      profile: { type: 'boolean', default: false },
      plugin: { type: 'string', default: '' },
      node: { type: 'string', default: '' },
      addon: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) throw new Error(USAGE);
  const { plugin, node, addon } = values;
  const engines = [kinglet, llamaCpp].map((make) => make({ plugin, node, addon }));
  return {
    targets: positionals.length > 0 ? positionals.map(given) : madeFiles(values.files),
    isas: chosen(values.isa, ISAS, '--isa'),
    engines: chosen(values.engine, engines, '--engine'),
    work: {
      prompts: twoCounts(values.prompts, '--prompts'),
      generate: twoCounts(values.generate, '--generate'),
    },
    profile: values.profile,
  };
}

function chosen<T extends { readonly name: string }>(
  list: string,
  all: readonly T[],
  flag: string,
): T[] {
  return list.split(',').map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    const known = all.map(({ name }) => name).join(', ');
    throw new Error(`${flag}: expected some of ${known}, but got '${wanted}'.`);
  });
}

function twoCounts(text: string, flag: string): readonly [number, number] {
  const count = integer(1, 2048);
  const [less, more, ...others] = text.split(',').map((part) => count(part, flag));
  if (less !== undefined && more !== undefined && others.length === 0 && less < more) {
    return [less, more];
  }
  throw new Error(`${flag}: expected two counts, the smaller one first, but got '${text}'.`);
}
