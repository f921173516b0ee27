/** `kinglet eval [MODEL] FILE`; its code is loaded when it runs. */
import type { Command } from 'commander';
import { KingletError } from '../errors.js';
import { addEvalOptions, SHARED_FLAGS, type EvalFlags } from './eval-options.js';
import { OPTIONAL_MODEL_ARGUMENT } from './model-argument.js';
import { configOf } from './serve-options.js';
import { shippedModel } from './shipped-model.js';

const DESCRIPTION =
  'measures a model on a file: questions (GSM8K, MATH, AIME, multiple choice), or a text';

export function registerEval(program: Command): void {
  const command = program
    .command('eval')
    .description(DESCRIPTION)
    .usage('[options] [model] <file>\n       kinglet eval --compare <a.jsonl> <b.jsonl>')
    .argument(...OPTIONAL_MODEL_ARGUMENT)
    .argument('[file]', 'questions (JSON Lines, or a list), or a text');
  addEvalOptions(command).action(
    async (...args: [string | undefined, string | undefined, EvalFlags]) => {
      const [first, second, flags] = args;
      const named = [first, second].filter((argument) => argument !== undefined);
      if (flags.compare !== undefined) {
        await compare(flags.compare, named, flags.json);
        return;
      }
      const { runEval } = await import('./eval.js');
      const { model, file } = placesOf(named, flags);
      await runEval({ model, file, flags, config: configOf(command, SHARED_FLAGS) });
    },
  );
}

async function compare(
  files: readonly string[],
  named: readonly string[],
  json: boolean,
): Promise<void> {
  const [a, b] = files;
  if (a === undefined || b === undefined || files.length > 2 || named.length > 0) {
    throw new KingletError(
      'invalid_flag',
      '--compare takes two files of answers, and nothing else.',
    );
  }
  const { runComparison } = await import('./eval.js');
  runComparison(a, b, json);
}

/** What is evaluated, and on what: the last argument is the file. */
function placesOf(
  named: readonly string[],
  { url, kl }: EvalFlags,
): { readonly model: string | null; readonly file: string } {
  const [model, file] = named.length === 1 ? [undefined, ...named] : named;
  if (file === undefined) {
    throw new KingletError('invalid_flag', 'Name a file of questions, or a text.');
  }
  if (url === undefined) return { model: model ?? shippedModel(), file };
  if (model !== undefined) {
    throw new KingletError(
      'invalid_flag',
      `--url has its own model: ${model} can't be loaded too.`,
    );
  }
  if (kl !== undefined) {
    throw new KingletError('invalid_flag', '--kl needs whole logits, which no --url gives.');
  }
  return { model: null, file };
}
