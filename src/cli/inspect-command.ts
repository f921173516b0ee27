/** `kinglet inspect MODEL`; its code is loaded when it runs. */
import type { Command } from 'commander';
import { integer } from '../flag-values.js';
import { MODEL_ARGUMENT } from './model-argument.js';

export function registerInspect(program: Command): void {
  const length = integer(1, 2 ** 31 - 1);
  program
    .command('inspect')
    .description('print architecture, formats, tokenizer, sizes and the memory that serving takes')
    .argument(...MODEL_ARGUMENT)
    .option('-c, --max-model-len <tokens>', 'context to plan memory for', (text) =>
      length(text, '--max-model-len'),
    )
    .option('--json', 'print JSON', false)
    .action(async (path: string, options: { maxModelLen?: number; json: boolean }) => {
      const { inspect, render } = await import('./inspect.js');
      const { openModel } = await import('../model/open-model.js');
      const { availableMemory } = await import('../machine/memory-available.js');
      const source = await openModel(path);
      const report = await inspect(source, availableMemory().bytes, options.maxModelLen);
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
    });
}
