/** Divides memory among weights, scratch and the KV pool before any of it is taken. */
import { availableParallelism } from 'node:os';
import { KingletError } from '../errors.js';
import { contextTooLong } from '../errors/starting.js';
import { KV_BLOCK_TOKENS, type LoadOptions } from '../native/addon.js';
import { formatOfName, isFloatFormat } from './formats.js';
import type { ModelSpec, TensorEntry } from './model-spec.js';
import { EMBEDDING, OUTPUT } from './tensor-layout.js';

export interface MemoryRequest {
  readonly spec: ModelSpec;
  readonly tensors: readonly TensorEntry[];
  readonly compute: LoadOptions['compute'];
  readonly quantize: LoadOptions['quantize'];
  /** --max-model-len; without it the model's context, shrunk where the pool is smaller. */
  readonly requestedContext?: number | undefined;
  /** --kv-memory; without it what is free, up to maxNumSeqs whole contexts. */
  readonly kvMemoryBytes?: number | undefined;
  readonly maxNumSeqs: number;
  readonly availableBytes: number;
  /** Rows of the largest step. */
  readonly maxRows: number;
  /** What requests take at most outside of the engine. */
  readonly requestBytes?: number | undefined;
  /** Threads of a step; all CPUs where it isn't given. */
  readonly threads?: number | undefined;
  /** Biases that a draw may have. */
  readonly biasEntries?: number | undefined;
}

export interface MemoryPlan {
  readonly kvBlocks: number;
  /** Positions that are served. */
  readonly contextLength: number;
  /** Weights as they will be resident. */
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  /** An estimate of activations, logits and the arrays of a step. */
  readonly scratchBytes: number;
  /** Left to the program, to requests outside of the engine, and to others on the machine. */
  readonly reserveBytes: number;
  /** What the process takes at most. */
  readonly boundBytes: number;
  /** The arithmetic, a line each, for the start's log. */
  readonly lines: readonly string[];
}

/** Bytes of a block once packed for kernels where codes get a byte each. */
const PACKED_BYTES: ReadonlyMap<string, number> = new Map([
  ['q5_1', 32 + 2 + 2],
  ['q6_k', 256 + 16 + 2],
]);
/** Rows for which the addon computes logits at a time (native/head.h). */
const HEAD_ROWS = 64;
/** Tokens of a split, rows that are split, queries of a tile (native/compute/attention.cpp). */
const ATTENTION_SPLIT = 256;
const ATTENTION_ROWS = 4;
const ATTENTION_TILE = 32;
/** Histograms of a thread that draws (native/sampler/selection.h). */
const SELECTION_FLOATS = 1 << 14;
/** Biases of a draw for a checkpoint that asks for none of its own (src/engine/options.ts). */
const BIAS_ENTRIES = 2048;
/** Node.js, its threads, the addon, and a tokenizer of 128,000 tokens. */
const PROGRAM_BYTES = 192 * 2 ** 20;
/** Of what is available, for others. */
const OTHERS_SHARE = 0.05;

/**
 * Throws `out_of_memory` where the weights alone do not fit, and `context_too_long` where the
 * requested context is longer than the model's or than the pool.
 */
export function planMemory(request: MemoryRequest): MemoryPlan {
  const { spec, availableBytes, requestedContext } = request;
  const wanted = requestedContext ?? spec.contextLength;
  if (wanted > spec.contextLength) {
    throw contextTooLong(`--max-model-len ${wanted}`, spec.contextLength, spec.contextLimitedBy);
  }
  const weightBytes = residentBytes(request);
  const valueBytes = request.compute === 'float' ? 4 : 2;
  const kvBytesPerToken = spec.layers * spec.kvHeads * spec.headDim * 2 * valueBytes;
  const blockBytes = kvBytesPerToken * KV_BLOCK_TOKENS;
  const scratchBytes = estimateScratch(request, wanted);
  const requestBytes = request.requestBytes ?? 0;
  const reserveBytes = Math.round(PROGRAM_BYTES + requestBytes + OTHERS_SHARE * availableBytes);
  const freeBytes = availableBytes - weightBytes - scratchBytes - reserveBytes;

  const arithmetic = [
    `weights ${formatBytes(weightBytes)}, scratch ${formatBytes(scratchBytes)}, reserve ` +
      `${formatBytes(reserveBytes)} of ${formatBytes(availableBytes)} available: ` +
      `${formatBytes(Math.max(0, freeBytes))} left for the KV cache`,
    `KV cache: ${formatBytes(kvBytesPerToken)} a token (${spec.layers} layers x ${spec.kvHeads} ` +
      `heads x ${spec.headDim} x K and V x ${valueBytes} bytes)`,
  ];
  const kvBytes = request.kvMemoryBytes ?? Math.max(0, freeBytes);
  const wholeContexts = request.maxNumSeqs * Math.ceil(wanted / KV_BLOCK_TOKENS);
  const affordable = Math.floor(kvBytes / blockBytes);
  const kvBlocks =
    request.kvMemoryBytes === undefined ? Math.min(affordable, wholeContexts) : affordable;
  if (kvBlocks < 1) {
    throw new KingletError(
      request.kvMemoryBytes === undefined ? 'out_of_memory' : 'context_too_long',
      `No KV block of ${formatBytes(blockBytes)} fits: ${arithmetic.join('; ')}. ` +
        'Free memory, take a smaller model or quantization, or raise --kv-memory.',
    );
  }
  const poolTokens = kvBlocks * KV_BLOCK_TOKENS;
  if (requestedContext !== undefined && requestedContext > poolTokens) {
    throw new KingletError(
      'context_too_long',
      `--max-model-len ${requestedContext} needs ${formatBytes(requestedContext * kvBytesPerToken)} ` +
        `of KV cache; the pool holds ${poolTokens} tokens: ${arithmetic.join('; ')}.`,
    );
  }
  const contextLength = Math.min(wanted, poolTokens);
  const poolBytes = kvBlocks * blockBytes;
  const boundBytes = weightBytes + scratchBytes + poolBytes + PROGRAM_BYTES + requestBytes;
  const lines = [
    ...arithmetic,
    `pool: ${kvBlocks} blocks of ${KV_BLOCK_TOKENS} tokens, ${formatBytes(poolBytes)}, ` +
      `${poolTokens} tokens: ${fullRequests(kvBlocks, contextLength)} at the full context of ${contextLength}`,
    `memory: at most ${formatBytes(boundBytes)}: weights ${formatBytes(weightBytes)}, scratch ` +
      `${formatBytes(scratchBytes)}, KV cache ${formatBytes(poolBytes)}, requests ` +
      `${formatBytes(requestBytes)}, program ${formatBytes(PROGRAM_BYTES)}`,
  ];
  if (contextLength < wanted) {
    lines.push(
      `context: ${contextLength} instead of the model's ${wanted}, because the pool holds no more`,
    );
  }
  if (request.kvMemoryBytes !== undefined && poolBytes > freeBytes) {
    lines.push(
      `warning: --kv-memory asks for more than the ${formatBytes(Math.max(0, freeBytes))} that are left`,
    );
  }
  return {
    kvBlocks,
    contextLength,
    weightBytes,
    kvBytesPerToken,
    scratchBytes,
    reserveBytes,
    boundBytes,
    lines,
  };
}

/** Bytes of the weights as the addon will hold them: vectors in float, matrices as they compute. */
export function residentBytes(
  request: Pick<MemoryRequest, 'tensors' | 'compute' | 'quantize'>,
): number {
  return request.tensors.reduce((sum, tensor) => {
    const format = formatOfName(residentFormat(tensor, request));
    const blockBytes = PACKED_BYTES.get(format.name) ?? format.blockBytes;
    const rowBytes = (tensor.cols / format.blockValues) * blockBytes;
    return sum + tensor.rows * rowBytes;
  }, 0);
}

/** The format that the addon computes a tensor in (native/weights.cpp decides the same). */
export function residentFormat(
  tensor: TensorEntry,
  { compute, quantize }: Pick<MemoryRequest, 'compute' | 'quantize'>,
): string {
  const isVector = tensor.rows === 1;
  if (compute === 'float' || isVector) return 'f32';
  const rounds = quantize !== 'none' && isFloatFormat(tensor.format) && tensor.cols % 32 === 0;
  if (!rounds) return formatOfName(tensor.format).computedAs;
  return tensor.name === EMBEDDING || tensor.name === OUTPUT ? 'q8_0' : quantize;
}

/** Activations of the largest step, logits, sampling, and the arrays that a step is packed into. */
function estimateScratch(request: MemoryRequest, context: number): number {
  const { spec, maxRows, maxNumSeqs } = request;
  const queryWidth = spec.heads * spec.headDim;
  const widest = Math.max(spec.hiddenSize, spec.ffnSize, queryWidth);
  const rowFloats =
    2 * spec.hiddenSize +
    2 * queryWidth +
    2 * spec.kvHeads * spec.headDim +
    2 * spec.ffnSize +
    1.5 * widest +
    spec.headDim;
  const threads = request.threads ?? availableParallelism();
  // Partial results of attention over splits of the context, and each thread's tile and blocks.
  const slot = spec.headDim + 2;
  const splits = Math.ceil(context / ATTENTION_SPLIT);
  const tile = Math.max(ATTENTION_TILE, spec.heads / spec.kvHeads);
  const attention =
    ATTENTION_ROWS * splits * spec.heads * slot +
    threads * (2 * Math.ceil(context / KV_BLOCK_TOKENS) + 2 * tile * slot);
  const logits = Math.min(maxRows, HEAD_ROWS) * spec.vocabSize;
  const sampling = threads * (4 * spec.vocabSize + SELECTION_FLOATS);
  const biases = request.biasEntries ?? BIAS_ENTRIES;
  const counts = maxNumSeqs * 2 * (Math.min(spec.vocabSize, context) + biases);
  return Math.ceil(4 * (maxRows * rowFloats + attention + logits + sampling + counts));
}

function fullRequests(kvBlocks: number, contextLength: number): string {
  const count = Math.floor(kvBlocks / Math.ceil(contextLength / KV_BLOCK_TOKENS));
  return `${count} ${count === 1 ? 'request' : 'requests'}`;
}

/** "1.5 GiB"; binary units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${power === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[power]}`;
}
