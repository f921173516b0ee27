import type { ServeConfig } from '../../config.js';
import { formatBytes } from '../../engine/memory-plan.js';
import { modelLoad } from '../../engine/options.js';
import { KingletError } from '../../errors.js';
import { cpuBudget } from '../../machine/cpu-budget.js';
import { availableMemory } from '../../machine/memory-available.js';
import type { ModelSource } from '../../model/model-source.js';
import { openModel } from '../../model/open-model.js';
import type { Addon } from '../../native/addon.js';
import { loadAddon } from '../../native/load-addon.js';
import { createEncoder } from '../../tokenizer/encoder.js';
import { loadTokenizer } from '../../tokenizer/load-tokenizer.js';
import { sha256Of } from '../lines.js';
import { LogitModel, logitPlan, type LogitOptions } from './logit-model.js';
import type { TextTokens } from './text-tokens.js';

/** Two models with one vocabulary, and a text in its tokens; nothing is loaded yet. */
interface OpenPair {
  readonly tokens: TextTokens;
  readonly names: { readonly model: string; readonly reference: string };
  /** What decides their logits. */
  readonly identity: { readonly model: object; readonly reference: object };
  /** Loads both for contexts of so many tokens. Throws `out_of_memory` and as `Addon.loadModel`. */
  load(context: number): LoadedPair;
}

interface LoadedPair {
  readonly reference: LogitModel;
  readonly model: LogitModel;
  close(): void;
}

/**
 * Reads two models' headers. The flags are the model's; the reference is computed as its file has it.
 * Rejects as `openModel`, and with `invalid_flag` where the two cut the text into other tokens.
 */
export async function openPair(
  paths: { readonly model: string; readonly reference: string },
  config: ServeConfig,
  text: string,
): Promise<OpenPair> {
  const { isa, kvCacheType, quantize, compute } = config;
  const { threads, cpus, pin } = cpuBudget({ threads: config.threads, pin: config.pin });
  const shared = { threads, cpus, pin, isa };
  const model = await openModel(paths.model);
  const reference = await openModel(paths.reference);
  const tokens = await tokensOf(model, text);
  checkSame(tokens, await tokensOf(reference, text), { model, reference });
  const contextLength = Math.min(
    model.spec.contextLength,
    reference.spec.contextLength,
    config.maxModelLen ?? Infinity,
  );
  const flags = { kvCacheType, quantize, compute };
  const plain = { kvCacheType: 'f16', quantize: 'none', compute: 'auto' } as const;
  return {
    tokens: { ...tokens, contextLength },
    names: { model: model.name, reference: reference.name },
    identity: {
      model: { model: model.name, weights: sha256Of(model.files), isa, ...flags },
      reference: { model: reference.name, weights: sha256Of(reference.files) },
    },
    load: (context) =>
      loadBoth(
        { source: reference, options: { ...shared, ...plain } },
        { source: model, options: { ...shared, ...flags } },
        context,
      ),
  };
}

interface Sized {
  readonly source: ModelSource;
  readonly options: LogitOptions;
}

function loadBoth(reference: Sized, model: Sized, context: number): LoadedPair {
  const addon = loadAddon();
  const plans = [reference, model].map(({ source, options }) =>
    logitPlan(source, options, context),
  );
  checkMemory(addon, plans);
  const [first, second] = plans.map((plan) => new LogitModel(addon, plan));
  if (first === undefined || second === undefined) throw new RangeError('two models are loaded');
  return {
    reference: first,
    model: second,
    close: () => {
      first.close();
      second.close();
    },
  };
}

function checkMemory(addon: Addon, plans: readonly ReturnType<typeof logitPlan>[]): void {
  const needed = plans.reduce((sum, plan) => {
    const { weightBytes, scratchBytes, kvPoolBytes } = addon.measureModel(modelLoad(plan));
    const logitBytes = 4 * plan.maxNumBatchedTokens * plan.source.spec.vocabSize;
    return sum + weightBytes + scratchBytes + kvPoolBytes + logitBytes;
  }, 0);
  const { bytes, boundBy } = availableMemory();
  if (needed <= bytes) return;
  throw new KingletError(
    'out_of_memory',
    `Both models together take ${formatBytes(needed)}, and there are ${formatBytes(bytes)} (${boundBy}). A shorter --window takes less.`,
  );
}

async function tokensOf(source: ModelSource, text: string): Promise<TextTokens> {
  const tokenizer = await loadTokenizer(source.readTokenizer());
  const { bosId, addBos } = tokenizer;
  const encoder = createEncoder(tokenizer.encoding);
  const { ids } = encoder.encode(text, { special: 'parse', maxTokens: Infinity });
  return {
    prefix: addBos && bosId !== null ? [bosId] : [],
    ids: [...ids],
    contextLength: source.spec.contextLength,
  };
}

function checkSame(
  a: TextTokens,
  b: TextTokens,
  { model, reference }: { readonly model: ModelSource; readonly reference: ModelSource },
): void {
  const same = (ours: readonly number[], theirs: readonly number[]) =>
    ours.length === theirs.length && ours.every((id, i) => id === theirs[i]);
  const oneVocabulary = model.spec.vocabSize === reference.spec.vocabSize;
  if (oneVocabulary && same(a.ids, b.ids) && same(a.prefix, b.prefix)) return;
  throw new KingletError(
    'invalid_flag',
    `--kl ${reference.path}: its tokens are not those of ${model.path} (${reference.spec.vocabSize} and ${model.spec.vocabSize} in the vocabulary). Distributions over other tokens can't be compared.`,
  );
}
