/** What bench/accuracy was asked for. */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KV_CACHE_TYPES } from '../../src/config.js';
import { anyOf, integer, oneOf } from '../../src/flag-values.js';
import { cpuBudget } from '../../src/machine/cpu-budget.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { realModelPath } from '../../test/support/real-model.js';
import { REPOSITORY } from '../../test/support/reference.js';
import { requantized, TARGET_MIXES, type TargetMix } from '../requantized-models/write-model.js';
import { kinglet, llamaCpp, peer, type Engine } from './engines.js';

const USAGE = `usage: bench/accuracy [FILE.gguf ...] [flags]
  FILE.gguf ...          files to measure on, instead of SmolLM2-135M-Instruct
  --round-to LIST        measure also on their weights rounded to
                         ${anyOf(TARGET_MIXES)};
                         '' for none (all of them where no FILE is given)
  --tokens N             of each of the four texts, 1024 at most (512)
  --isa LIST             Kinglet's instruction sets (the best that this CPU has)
  --kv-cache-type LIST   Kinglet's KV: ${anyOf(KV_CACHE_TYPES)} (f16)
  --threads N            threads of every engine (what kinglet chooses)
  --peer-variant CPU     measure also llama.cpp that takes this CPU for another, such as haswell (AVX2)
  --peer-command NAME=COMMAND   another engine, again for more: bench/README.md
  --json                 print the figures of every position as JSON`;

interface Target {
  readonly name: string;
  /** The path, once the file is there. */
  readonly file: () => string;
}

export interface Settings {
  readonly targets: readonly Target[];
  readonly ours: readonly Engine[];
  readonly peers: readonly Engine[];
  /** Of each text. */
  readonly tokens: number;
  readonly threads: number;
  readonly json: boolean;
}

/** Throws where a flag is unknown or wrong. */
export function readSettings(argv: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'round-to': { type: 'string' },
      tokens: { type: 'string', default: '512' },
      isa: { type: 'string', default: loadAddon().cpuInfo().isa },
      'kv-cache-type': { type: 'string', default: 'f16' },
      threads: { type: 'string', default: String(cpuBudget().threads) },
      'llama-cpp': { type: 'string' },
      'peer-variant': { type: 'string' },
      'peer-command': { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) throw new Error(USAGE);
  const threads = integer(1, 1000)(values.threads, '--threads');
  const { 'llama-cpp': modules, 'peer-variant': variant } = values;
  const variants = variant === undefined ? [undefined] : [undefined, variant];
  const roundTo = values['round-to'] ?? (positionals.length > 0 ? '' : TARGET_MIXES.join());
  return {
    targets: filesOf(positionals).flatMap((path) => targetsOf(path, mixesOf(roundTo))),
    ours: kinglets(values.isa, values['kv-cache-type'], threads),
    peers: [
      ...(modules === undefined ? [] : variants.map((each) => llamaCpp(modules, threads, each))),
      ...values['peer-command'].map((text) => peerOf(text, threads)),
    ],
    ...{ threads, json: values.json },
    tokens: integer(1, 1024)(values.tokens, '--tokens'),
  };
}

function filesOf(paths: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths;
  const real = realModelPath();
  if (real !== null) return [real];
  throw new Error('The model is not there: name a FILE.gguf, or run script/fetch-model.');
}

function mixesOf(list: string): TargetMix[] {
  const mix = oneOf(...TARGET_MIXES);
  return list === '' ? [] : list.split(',').map((name) => mix(name, '--round-to'));
}

/** A file as it is, and rounded to each mix. */
function targetsOf(path: string, mixes: readonly TargetMix[]): Target[] {
  const name = basename(path, '.gguf');
  const cache = process.env['KINGLET_CACHE'] ?? fileURLToPath(new URL('.cache', REPOSITORY));
  const folder = join(cache, 'requantized-models');
  return [
    { name, file: () => path },
    ...mixes.map((mix) => ({
      name: `${name} to ${mix}`,
      file: () => requantized(folder, name, path, mix),
    })),
  ];
}

function kinglets(isas: string, kvCacheTypes: string, threads: number): Engine[] {
  const isa = oneOf(...loadAddon().cpuInfo().available);
  const kvCacheType = oneOf(...KV_CACHE_TYPES);
  return isas.split(',').flatMap((name) =>
    kvCacheTypes.split(',').map((type) =>
      kinglet({
        isa: isa(name, '--isa'),
        kvCacheType: kvCacheType(type, '--kv-cache-type'),
        threads,
      }),
    ),
  );
}

function peerOf(text: string, threads: number): Engine {
  const [, name, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && command !== undefined) return peer(name, command, threads);
  throw new Error(`--peer-command: expected NAME=COMMAND, but got '${text}'.`);
}
