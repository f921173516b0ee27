/** `kinglet serve [MODEL]`: listens at once, answers when the model is there. */
import type { Command } from 'commander';
import { checkServeConfig, type ServeConfig } from '../config.js';
import type { KingletError } from '../errors.js';
import { unknownVariables } from './environment.js';
import { OPTIONAL_MODEL_ARGUMENT } from './model-argument.js';
import { addServeOptions, configOf } from './serve-options.js';
import { SHIPPED_MODEL_HINT, shippedModel } from './shipped-model.js';

export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .description('serves a model over the OpenAI API')
    .argument(...OPTIONAL_MODEL_ARGUMENT);
  addServeOptions(command).action((model?: string) => serve(model, configOf(command)));
}

/**
 * Starts in the order that is ready soonest: threads of the engine's own load the weights while
 * this one loads the code of the HTTP server, the larger part of all code, and then the tokenizer.
 */
async function serve(named: string | undefined, config: ServeConfig): Promise<void> {
  checkServeConfig(config);
  const model = named ?? shippedModel();
  const [{ pino }, { ModelLoader }] = await Promise.all([
    import('pino'),
    import('../server/load-model.js'),
  ]);
  const log = pino({ level: config.logLevel, base: null });
  for (const warning of unknownVariables(process.env)) log.warn(warning);
  let die: (error: KingletError) => unknown = () => undefined;
  const loader = new ModelLoader(model, config, log, (error) => void die(error));
  try {
    const begun = await loader.begin();
    const { ServerProcess } = await import('./server-process.js');
    const { maxPendingBytes } = begun;
    const server = new ServerProcess({ ...config, maxPendingBytes }, log, loader);
    die = (error) => server.die(error);
    const serves = await server.run(begun);
    if (serves && named === undefined) log.info(SHIPPED_MODEL_HINT);
  } catch (error) {
    // The process could not end before its threads have.
    await loader.stop();
    throw error;
  }
}
