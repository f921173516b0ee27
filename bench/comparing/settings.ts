/** What bench/peers was asked for. */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { integer } from '../../src/flag-values.js';
import { cpuBudget } from '../../src/machine/cpu-budget.js';
import { REPOSITORY } from '../../test/support/reference.js';
import { MIXES } from '../random-models/mixes.js';
import { SHAPES } from '../random-models/shapes.js';
import { modelFile } from '../random-models/write-model.js';
import { kinglet, peer, type Engine } from './engines.js';
import { llamaCpp } from './llama-cpp.js';
import { WORKS, type Work } from './works.js';

const USAGE = `usage: bench/peers [FILE.gguf ...] [flags] [-- flags of kinglet bench]
  FILE.gguf ...          files to measure on, instead of random weights in real shapes
  --files LIST           which of those, as SHAPE, MIX or SHAPE:MIX (all): shapes
                         ${[...SHAPES.keys()].join(', ')}; mixes ${MIXES.join(', ')}
  --work LIST            what to measure: ${WORKS.map(({ name }) => name).join(', ')} (all)
  --rounds N             runs of each engine, whose medians are printed (7)
  --threads N            threads of every engine (what kinglet chooses)
  --peer-variant CPU     the CPU that llama.cpp takes this one for, such as haswell (AVX2)
  --peer-command NAME=COMMAND   another engine, again for more: bench/README.md
  --patience SECONDS     how long to wait for a quiet machine (600); 0: measure at once
  --json                 print all figures as JSON`;

export interface Target {
  readonly name: string;
  /** The path, once the file is there. */
  readonly file: () => string;
  /** Whether peers compute a long prompt on it, which takes them minutes on a larger one. */
  readonly longWithPeers: boolean;
}

export interface Settings {
  readonly targets: readonly Target[];
  readonly works: readonly Work[];
  /** Kinglet comes first. */
  readonly engines: readonly Engine[];
  readonly rounds: number;
  readonly threads: number;
  /** Seconds. */
  readonly patience: number;
  readonly json: boolean;
}

const count = integer(1, 1000);

/** Throws where a flag is unknown or wrong. */
export function readSettings(argv: readonly string[]): Settings {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { values, positionals } = parseArgs({
    args: argv.slice(0, end),
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '' },
      work: { type: 'string', default: WORKS.map(({ name }) => name).join() },
      rounds: { type: 'string', default: '7' },
      threads: { type: 'string', default: String(cpuBudget().threads) },
      'llama-cpp': { type: 'string' },
      'peer-variant': { type: 'string' },
      'peer-command': { type: 'string', multiple: true, default: [] },
      patience: { type: 'string', default: '600' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) throw new Error(USAGE);
  const modules = values['llama-cpp'];
  return {
    targets: positionals.length > 0 ? positionals.map(given) : madeFiles(values.files),
    works: values.work.split(',').map(workNamed),
    engines: [
      kinglet(argv.slice(end + 1)),
      ...(modules === undefined ? [] : [llamaCpp(modules, values['peer-variant'])]),
      ...values['peer-command'].map(peerOf),
    ],
    rounds: count(values.rounds, '--rounds'),
    threads: count(values.threads, '--threads'),
    patience: integer(0, 86_400)(values.patience, '--patience'),
    json: values.json,
  };
}

function workNamed(name: string): Work {
  const work = WORKS.find((each) => each.name === name);
  if (work !== undefined) return work;
  const known = WORKS.map((each) => each.name).join(', ');
  throw new Error(`--work: expected some of ${known}, but got '${name}'.`);
}

function peerOf(text: string): Engine {
  const [, name, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && command !== undefined) return peer(name, command);
  throw new Error(`--peer-command: expected NAME=COMMAND, but got '${text}'.`);
}

/** A file that was named. */
export const given = (path: string): Target => ({
  name: basename(path, '.gguf'),
  file: () => path,
  longWithPeers: true,
});

/** Where files are kept that were made. */
function folder(): string {
  const cache = process.env['KINGLET_CACHE'] ?? fileURLToPath(new URL('.cache', REPOSITORY));
  return join(cache, 'random-models');
}

/** Those of random weights that a list names; all of them where it is empty. */
export function madeFiles(list: string): Target[] {
  const all = [...SHAPES].flatMap(([name, shape]) =>
    MIXES.map((mix) => ({ name, shape, mix, names: [name, mix, `${name}:${mix}`] })),
  );
  const wanted = list === '' ? [] : list.split(',');
  for (const name of wanted) {
    if (all.some(({ names }) => names.includes(name))) continue;
    const known = [...SHAPES.keys(), ...MIXES].join(', ');
    throw new Error(`--files: expected some of ${known}, or SHAPE:MIX, but got '${name}'.`);
  }
  return all
    .filter(({ names }) => wanted.length === 0 || names.some((name) => wanted.includes(name)))
    .map(({ name, shape, mix }) => ({
      name: `${name} ${mix}`,
      file: () => modelFile(folder(), name, shape, mix),
      longWithPeers: name === '140M',
    }));
}
