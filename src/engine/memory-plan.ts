/**
 * Divides memory among weights, scratch and the KV pool before any of it is taken. What each takes
 * the addon measures; here it is decided how many KV blocks there are.
 */
import { KingletError } from '../errors.js';
import { contextTooLong } from '../errors/starting.js';
import { grammarMemory, type GrammarMemory } from './grammar-memory.js';
import { KV_BLOCK_TOKENS, type Addon, type ModelSizes } from '../native/addon.js';
import { batchBytes } from '../native/batch.js';
import {
  batchLimits,
  blocksFor,
  modelLoad,
  type ModelOptions,
  type StepOptions,
} from './options.js';

export interface MemoryRequest {
  /** What is to be started, at the model's own context. */
  readonly engine: Omit<ModelOptions, 'kvBlocks'> & StepOptions;
  /** --max-model-len; without it the model's context, shrunk where the pool is smaller. */
  readonly requestedContext?: number | undefined;
  /** --kv-memory; without it what is free, up to maxNumSeqs whole contexts. */
  readonly kvMemoryBytes?: number | undefined;
  readonly availableBytes: number;
  /** What requests take at most outside of the engine. */
  readonly requestBytes: number;
}

export interface MemoryPlan {
  readonly kvBlocks: number;
  /** Positions that are served. */
  readonly contextLength: number;
  /** Ceiling of a step's rows: the engine's, or less where memory is small. */
  readonly maxNumBatchedTokens: number;
  /** Weights as they will be resident. */
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  /** The addon's scratch, and the arrays that steps are packed into. */
  readonly scratchBytes: number;
  readonly kvPoolBytes: number;
  readonly grammars: GrammarMemory;
  /** Left to the program, to requests outside of the engine, to grammars, and to others on the machine. */
  readonly reserveBytes: number;
  /** What the process takes at most. */
  readonly boundBytes: number;
  /** The arithmetic, a line each, for the start's log. */
  readonly lines: readonly string[];
}

/** Node.js, its threads, the addon, and a tokenizer of 128,000 tokens, without its trees for masks. */
const PROGRAM_BYTES = 176 * 2 ** 20;
/** Of what is available, for others. */
const OTHERS_SHARE = 0.05;
/** A place in TextIndex, whose arrays are up to twice as long as what is in them. */
const DRAFT_TOKEN_BYTES = 2 * 18;
/** Block ids have 31 bits. */
const MOST_BLOCKS = 2 ** 31 - 1;

/** What weights and program leave of `availableBytes`; throws what `measureModel` throws. */
export function memoryBesideWeights(
  addon: Pick<Addon, 'measureModel'>,
  engine: MemoryRequest['engine'],
  availableBytes: number,
): number {
  const { weightBytes } = addon.measureModel(modelLoad({ ...engine, kvBlocks: 1 }));
  return Math.max(0, availableBytes - weightBytes - PROGRAM_BYTES);
}

/**
 * Throws `out_of_memory` where the weights alone do not fit, `context_too_long` where the requested
 * context is longer than the model's or than the pool, and what `measureModel` throws.
 */
export function planMemory(addon: Pick<Addon, 'measureModel'>, request: MemoryRequest): MemoryPlan {
  const wanted = wantedContext(request);
  let asked = request;
  let pool = poolBeside(addon, asked, wanted);
  while (isCramped(pool, asked)) {
    const { engine } = asked;
    const maxNumBatchedTokens = Math.max(engine.maxNumSeqs, engine.maxNumBatchedTokens >> 1);
    asked = { ...asked, engine: { ...engine, maxNumBatchedTokens } };
    pool = poolBeside(addon, asked, wanted);
  }
  checkPool(pool, asked);
  const contextLength = Math.min(wanted, pool.kvBlocks * KV_BLOCK_TOKENS);
  const sizes = measure(addon, asked.engine, contextLength, pool.kvBlocks);
  return describePlan(asked, pool.kvBlocks, sizes, {
    ...{ contextLength, wanted },
    wantedTokens: request.engine.maxNumBatchedTokens,
  });
}

interface Pool {
  readonly kvBlocks: number;
  /** More blocks would change nothing. */
  readonly usefulBlocks: number;
  /** With scratch of a pool of about `kvBlocks`, and never of a smaller one. */
  readonly sizes: ModelSizes;
}

/** As many blocks as fit beside the scratch of steps of the engine's size. */
function poolBeside(
  addon: Pick<Addon, 'measureModel'>,
  request: MemoryRequest,
  wanted: number,
): Pool {
  const { engine, kvMemoryBytes } = request;
  const wholeContext = blocksFor(wanted);
  const usefulBlocks = kvMemoryBytes === undefined ? engine.maxNumSeqs * wholeContext : MOST_BLOCKS;
  const affordable = (sizes: ModelSizes): number =>
    kvMemoryBytes === undefined
      ? Math.floor(divide(request, sizes).freeBytes / (sizes.kvBlockBytes + draftBytes(engine, 1)))
      : Math.floor(kvMemoryBytes / sizes.kvBlockBytes);
  // Scratch is largest where the pool holds a whole context; more blocks than that change nothing.
  let sizes = measure(addon, engine, wanted, wholeContext);
  if (affordable(sizes) < wholeContext) {
    // A shorter context takes less. The first guess is too short and leaves room for too many blocks,
    // and these for no more than fit.
    for (let guess = 0; guess < 2; guess++) {
      const blocks = Math.min(wholeContext, Math.max(1, affordable(sizes)));
      sizes = measure(addon, engine, Math.min(wanted, blocks * KV_BLOCK_TOKENS), blocks);
    }
  }
  const kvBlocks = Math.min(affordable(sizes), usefulBlocks, MOST_BLOCKS);
  return { kvBlocks, usefulBlocks, sizes };
}

/**
 * Whether shorter steps are worth it: the KV cache is smaller than the scratch beside it, or than the
 * context that was asked for. Where its size was asked for, scratch takes nothing from it.
 */
function isCramped(
  { kvBlocks, usefulBlocks, sizes }: Pool,
  { engine, requestedContext = 0, kvMemoryBytes }: MemoryRequest,
): boolean {
  if (kvMemoryBytes !== undefined || engine.maxNumBatchedTokens <= engine.maxNumSeqs) return false;
  if (kvBlocks >= usefulBlocks) return false;
  return (
    kvBlocks * sizes.kvBlockBytes < sizes.scratchBytes ||
    kvBlocks * KV_BLOCK_TOKENS < requestedContext
  );
}

/** Throws where the pool holds nothing, or less than was asked for. */
function checkPool({ kvBlocks, sizes }: Pool, request: MemoryRequest): void {
  const { requestedContext, kvMemoryBytes } = request;
  const { lines } = divide(request, sizes);
  if (kvBlocks < 1) {
    throw new KingletError(
      kvMemoryBytes === undefined ? 'out_of_memory' : 'context_too_long',
      `No KV block of ${formatBytes(sizes.kvBlockBytes)} fits: ${lines.join('; ')}. ` +
        'Free memory, take a smaller model or quantization, or raise --kv-memory.',
    );
  }
  const poolTokens = kvBlocks * KV_BLOCK_TOKENS;
  if (requestedContext !== undefined && requestedContext > poolTokens) {
    const neededBytes = blocksFor(requestedContext) * sizes.kvBlockBytes;
    throw new KingletError(
      'context_too_long',
      `--max-model-len ${requestedContext} needs ${formatBytes(neededBytes)} of KV cache; the ` +
        `pool holds ${poolTokens} tokens: ${lines.join('; ')}.`,
    );
  }
}

/** The context to plan for: the requested one, which the model must have, or all of the model's. */
function wantedContext({ engine, requestedContext }: MemoryRequest): number {
  const { contextLength, contextLimitedBy } = engine.source.spec;
  if (requestedContext === undefined || requestedContext <= contextLength) {
    return requestedContext ?? contextLength;
  }
  throw contextTooLong(`--max-model-len ${requestedContext}`, contextLength, contextLimitedBy);
}

/** What the engine takes at a context and a number of blocks; the arrays of a step are scratch. */
function measure(
  addon: Pick<Addon, 'measureModel'>,
  engine: MemoryRequest['engine'],
  contextLength: number,
  kvBlocks: number,
): ModelSizes {
  const spec = { ...engine.source.spec, contextLength };
  const served = { ...engine, source: { ...engine.source, spec }, kvBlocks };
  const sizes = addon.measureModel(modelLoad(served));
  return { ...sizes, scratchBytes: sizes.scratchBytes + batchBytes(batchLimits(served)) };
}

/** What drafts take of texts that fill so many blocks. */
function draftBytes({ speculate = 'off' }: MemoryRequest['engine'], kvBlocks: number): number {
  return speculate === 'off' ? 0 : kvBlocks * KV_BLOCK_TOKENS * DRAFT_TOKEN_BYTES;
}

interface Budget {
  readonly grammars: GrammarMemory;
  readonly grammarBytes: number;
  readonly reserveBytes: number;
  /** What is left for the KV cache. */
  readonly freeBytes: number;
  readonly kvBytesPerToken: number;
  readonly lines: readonly string[];
}

/** Memory without the KV cache. */
function divide(
  { engine, availableBytes, requestBytes }: MemoryRequest,
  sizes: ModelSizes,
): Budget {
  const { layers, kvHeads, headDim, vocabSize } = engine.source.spec;
  const { weightBytes, scratchBytes } = sizes;
  const leftBytes = Math.max(0, availableBytes - weightBytes - PROGRAM_BYTES);
  const grammars = grammarMemory(leftBytes, vocabSize);
  const grammarBytes = grammars.vocabularyBytes + grammars.automatonBytes + grammars.programBytes;
  const reserveBytes = Math.round(
    PROGRAM_BYTES + requestBytes + grammarBytes + OTHERS_SHARE * availableBytes,
  );
  const freeBytes = Math.max(0, availableBytes - weightBytes - scratchBytes - reserveBytes);
  const kvBytesPerToken = sizes.kvBlockBytes / KV_BLOCK_TOKENS;
  const lines = [
    `weights ${formatBytes(weightBytes)}, scratch ${formatBytes(scratchBytes)}, reserve ` +
      `${formatBytes(reserveBytes)} of ${formatBytes(availableBytes)} available: ` +
      `${formatBytes(freeBytes)} left for the KV cache`,
    `KV cache: ${formatBytes(kvBytesPerToken)} a token (K and V of ${kvHeads} heads x ${headDim} ` +
      `in ${layers} layers${engine.kvCacheType === 'q8' ? ', in 8 bits' : ''})`,
  ];
  return { grammars, grammarBytes, reserveBytes, freeBytes, kvBytesPerToken, lines };
}

/** The plan of a decided number of blocks, with its arithmetic. */
function describePlan(
  request: MemoryRequest,
  kvBlocks: number,
  sizes: ModelSizes,
  {
    contextLength,
    wanted,
    wantedTokens,
  }: { readonly contextLength: number; readonly wanted: number; readonly wantedTokens: number },
): MemoryPlan {
  const { requestBytes, kvMemoryBytes } = request;
  const { maxNumBatchedTokens } = request.engine;
  const { weightBytes, scratchBytes, kvPoolBytes } = sizes;
  const { grammars, grammarBytes, reserveBytes, freeBytes, kvBytesPerToken, lines } = divide(
    request,
    sizes,
  );
  const drafts = draftBytes(request.engine, kvBlocks);
  // Pieces of weights are given back before scratch and pool are taken.
  const besideWeights = Math.max(scratchBytes + kvPoolBytes, sizes.loadingBytes);
  const boundBytes =
    weightBytes + besideWeights + PROGRAM_BYTES + requestBytes + grammarBytes + drafts;
  const requests = Math.floor(kvBlocks / blocksFor(contextLength));
  const more: string[] = [];
  if (contextLength < wanted) {
    more.push(
      `context: ${contextLength} instead of the model's ${wanted}, because the pool holds no more`,
    );
  }
  if (maxNumBatchedTokens < wantedTokens) {
    more.push(
      `steps: at most ${maxNumBatchedTokens} tokens instead of ${wantedTokens}, because the KV ` +
        'cache needs the memory',
    );
  }
  if (kvMemoryBytes !== undefined && kvPoolBytes > freeBytes) {
    more.push(
      `warning: --kv-memory asks for more than the ${formatBytes(freeBytes)} that are left`,
    );
  }
  return {
    ...{ kvBlocks, contextLength, weightBytes, kvBytesPerToken, scratchBytes, kvPoolBytes },
    ...{ maxNumBatchedTokens, grammars, reserveBytes, boundBytes },
    lines: [
      ...lines,
      `pool: ${kvBlocks} blocks of ${KV_BLOCK_TOKENS} tokens, ${formatBytes(kvPoolBytes)}, ` +
        `${kvBlocks * KV_BLOCK_TOKENS} tokens: ${requests} ` +
        `${requests === 1 ? 'request' : 'requests'} at the full context of ${contextLength}`,
      `memory: at most ${formatBytes(boundBytes)}: weights ${formatBytes(weightBytes)}, scratch ` +
        `${formatBytes(scratchBytes)}, KV cache ${formatBytes(kvPoolBytes)}, requests ` +
        `${formatBytes(requestBytes)}, grammars ${formatBytes(grammarBytes)}, ` +
        (drafts > 0 ? `drafts ${formatBytes(drafts)}, ` : '') +
        `program ${formatBytes(PROGRAM_BYTES)}`,
      ...more,
    ],
  };
}

/** "1.5 GiB"; binary units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${power === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[power]}`;
}
