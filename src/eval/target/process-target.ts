/** A model of this process: the server's own routes, without a socket. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { ServeConfig } from '../../config.js';
import type { KingletError } from '../../errors.js';
import { buildApp } from '../../server/app.js';
import { ServerContext } from '../../server/context.js';
import { ModelLoader } from '../../server/load-model.js';
import { Metrics } from '../../server/metrics.js';
import { sha256Of } from '../lines.js';
import { jsonOf } from './refusal.js';
import { withRetries } from './retries.js';
import type { Target } from './target.js';

/** Watches a number from 0 to 1 until the returned function is called. */
type Watch = (progress: () => number) => Promise<() => void>;

/** Bounds of a server that only this process asks. */
const OWN_LIMITS = {
  maxQueue: 1_000_000,
  maxStopBytes: 65536,
  maxChatStopStrings: 1024,
  maxStopStrings: 1024,
} satisfies Partial<ServeConfig>;

/** Flags that change answers. */
const DECISIVE = [
  'maxModelLen',
  'kvCacheType',
  'quantize',
  'compute',
  'reasoningParser',
  'reasoningBudget',
  'maxReasoningBudget',
  'reasoningBudgetMessage',
  'effortShares',
  'answerTokens',
  'repetitionMaxPatternSize',
  'repetitionMinCount',
  'repetitionMinTokens',
] as const satisfies readonly (keyof ServeConfig)[];

/** The largest that will be asked for. */
interface Largest {
  /** n of a request. */
  readonly samples: number;
  readonly bodyBytes: number;
}

/**
 * Loads a model as `kinglet serve` would. Rejects as that ends, with `model_not_readable`,
 * `out_of_memory` and the like.
 */
export async function loadTarget(
  path: string,
  given: ServeConfig,
  { samples, bodyBytes }: Largest,
  { log, watch }: { readonly log: Logger; readonly watch: Watch },
): Promise<Target> {
  const config = {
    ...{ ...given, ...OWN_LIMITS, apiKeys: [] },
    maxSamples: Math.max(samples, given.maxSamples),
    maxBodyBytes: Math.max(bodyBytes, given.maxBodyBytes),
  };
  const context = new ServerContext(config, new Metrics(), log, () => loader.progress);
  const fail = (error: KingletError) => context.fail(error.message);
  const loader = new ModelLoader(path, config, log, fail);
  try {
    const begun = await loader.begin();
    const endWatch = await watch(() => loader.progress);
    try {
      const app = await buildApp(context);
      context.serve(await loader.finish(begun));
      const { fingerprint, names, contextLength } = context.model;
      const decisive = Object.fromEntries(DECISIVE.map((key) => [key, config[key]]));
      const weights = sha256Of(begun.source.files);
      return {
        model: names[0],
        identity: {
          model: names[0],
          fingerprint,
          weights,
          ...decisive,
          maxModelLen: contextLength,
        },
        isHere: true,
        post: (path, body) => post(app, path, body),
        close: async () => {
          await app.close();
          await loader.stop();
        },
      };
    } finally {
      endWatch();
    }
  } catch (error) {
    await loader.stop();
    throw error;
  }
}

function post(app: FastifyInstance, url: string, payload: object): Promise<unknown> {
  return withRetries(async () => {
    const {
      statusCode: status,
      headers,
      body,
    } = await app.inject({ method: 'POST', url, payload });
    return jsonOf({ status, retryAfter: headers['retry-after']?.toString(), body }, url);
  });
}
