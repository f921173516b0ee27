/** `kinglet bench MODEL`; its code is loaded when it runs. */
import type { Command } from 'commander';
import { COMPUTATIONS, KV_CACHE_TYPES, QUANTIZATIONS } from '../config.js';
import { anyOf, integer, oneOf } from '../flag-values.js';
import { cpuBudget } from '../machine/cpu-budget.js';
import type { BenchOptions } from './bench.js';
import { MODEL_ARGUMENT } from './model-argument.js';

export function registerBench(program: Command): void {
  const checked = <T>(flag: string, parse: (text: string, name: string) => T) => {
    return (text: string) => parse(text, flag);
  };
  const tokens = integer(1, 2 ** 31 - 1);
  const few = integer(1, 1024);
  program
    .command('bench')
    .description('measure prefill and decode, in tokens a second')
    .argument(...MODEL_ARGUMENT)
    .option('--prompt <tokens>', 'prompt length', checked('--prompt', tokens), 512)
    .option('--generate <tokens>', 'tokens to generate', checked('--generate', tokens), 128)
    .option('--batch <sequences>', 'sequences decoded together', checked('--batch', few), 1)
    .option('-t, --threads <count>', 'threads', checked('--threads', few), cpuBudget().threads)
    .option('--pin', 'bind each thread to a CPU of its own, fast cores first', false)
    .option(
      '--repeats <count>',
      'counted rounds, after one that is not',
      checked('--repeats', few),
      3,
    )
    .option(
      '--compute <mode>',
      anyOf(COMPUTATIONS),
      checked('--compute', oneOf(...COMPUTATIONS)),
      'auto',
    )
    .option(
      '--kv-cache-type <type>',
      anyOf(KV_CACHE_TYPES),
      checked('--kv-cache-type', oneOf(...KV_CACHE_TYPES)),
      'f16',
    )
    .option(
      '--quantize <format>',
      anyOf(QUANTIZATIONS),
      checked('--quantize', oneOf(...QUANTIZATIONS)),
      'none',
    )
    .option('--isa <name>', 'a kernel table; the best one unless given', '')
    .option('--fill-kv', 'decode after random KV instead of a computed prompt', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (path: string, flags: Omit<BenchOptions, 'cpus'> & { json: boolean }) => {
      const { runBench, table } = await import('./bench.js');
      const { openModel } = await import('../model/open-model.js');
      const { loadAddon } = await import('../native/load-addon.js');
      const { json, ...options } = flags;
      const { cpus, pin } = cpuBudget(options);
      const result = runBench(loadAddon(), await openModel(path), { ...options, cpus, pin });
      console.log(json ? JSON.stringify(result) : table(result));
    });
}
