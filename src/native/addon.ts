/**
 * The native addon's whole surface. TypeScript decides, C++ computes: the addon knows KV blocks and
 * rows, never requests.
 */
import type { Computation, KvCacheType, Quantization } from '../config.js';
import type { ModelSpec, TensorEntry } from '../model/model-spec.js';
import type { Program } from '../grammar/program/program.js';
import type { SamplingArrays } from '../model/sampling-parameters.js';

/** Tokens of one KV block. */
export const KV_BLOCK_TOKENS = 16;
/** The most alternatives that a draw or a score can return. */
export const MAX_TOP_LOGPROBS = 20;

/** Indices of the words in `LoadOptions.signals`. */
export const Signal = {
  /** Loading, in thousandths. Written by C++. */
  progress: 0,
  /** Counts layers run, so that a long step is seen to be alive. Written by C++. */
  heartbeat: 1,
  /** Non-zero: give up between layers (shutdown only). Written by TypeScript. */
  cancel: 2,
  /**
   * Non-zero: another thread hands out what a step brought, and `finishStep` leaves it a CPU.
   * Written by TypeScript.
   */
  delivering: 3,
  /** A `CacheWriting`, or the system's error number, negated. Written by C++. */
  packedCache: 4,
} as const;
export const SIGNAL_WORDS = 5;

/** How far the file of packed weights is written. */
export const CacheWriting = { none: 0, underWay: 1, done: 2, givenUp: 3 } as const;

/** What a draw's or a score's row turned out to be. */
export const RowStatus = { ok: 0, notFinite: 1, nothingLeft: 2 } as const;

interface CpuInfo {
  /** The kernel table that `loadModel` will use unless told otherwise. */
  readonly isa: string;
  /** Tables that this CPU can run, the best first. */
  readonly available: readonly string[];
  /** All tables of this build. */
  readonly built: readonly string[];
}

/** Sizes of the arrays that a step can carry. */
export interface BatchLimits {
  readonly rows: number;
  readonly sequences: number;
  readonly blockTableEntries: number;
  readonly draws: number;
  readonly countEntries: number;
  readonly biasEntries: number;
  readonly maskWords: number;
  readonly scores: number;
}

/** What to load, and how: all that decides how much memory it takes. */
export interface ModelLoad {
  readonly files: readonly string[];
  readonly spec: ModelSpec;
  readonly tensors: readonly TensorEntry[];
  /** `float` dequantizes every weight and keeps KV in float32: the reference. */
  readonly compute: Computation;
  /** `q8` contradicts `compute: 'float'`. */
  readonly kvCacheType: KvCacheType;
  /** Rounds float matrices when loading. */
  readonly quantize: Quantization;
  /** Threads of a step, the calling one included. */
  readonly threads: number;
  /** CPUs that the pool's threads may run on; empty: all that the process may use. */
  readonly cpus: readonly number[];
  /** Binds each to one of `cpus` alone, in their order; the last is the thread that loads. */
  readonly pin: boolean;
  /** Blocks of the KV pool. */
  readonly kvBlocks: number;
  /** Rows of the largest step. */
  readonly maxRows: number;
  /** Forces a kernel table; '' lets the CPU decide. */
  readonly isa: string;
}

/** Where packed weights are kept from one start to the next. */
export interface PackedCacheOptions {
  readonly folder: string;
  /** What decides what is packed beside the weights: this build, the files' headers. */
  readonly key: string;
  /** Of all such files of the folder together; the longest unused go first. */
  readonly mostBytes: number;
}

/** What became of the cache in a load. */
export interface PackedCacheReport {
  /**
   * `read`: the weights came from it. Else they were packed from the model's files, and are being
   * written (`Signal.packedCache` tells how that ends) or can't be.
   */
  readonly use: 'read' | 'writing' | 'notUsable';
  /** The file, or the folder where that is what can't be used. */
  readonly path: string;
  /** Why it was not read, or is not written, with the path; '' where it was read. */
  readonly note: string;
}

export interface LoadOptions extends ModelLoad {
  /** Nothing that is wrong with a cache fails a load. */
  readonly packedCache: PackedCacheOptions | null;
  /** `SIGNAL_WORDS` words in shared memory. */
  readonly signals: Int32Array;
}

/** Bytes that a load takes. Only C++ knows them: how weights are packed is up to the kernels. */
export interface ModelSizes {
  /** Packed weights, resident. */
  readonly weightBytes: number;
  /** Beside the weights while they are read and converted; given back before what follows is taken. */
  readonly loadingBytes: number;
  /** One KV block over all layers. */
  readonly kvBlockBytes: number;
  /** All blocks; memory as far as they were written. */
  readonly kvPoolBytes: number;
  /** Activations, attention, logits and sampling of the largest step. */
  readonly scratchBytes: number;
}

export interface Conversion {
  readonly tensor: string;
  readonly from: string;
  readonly to: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** The sizes are what was measured before loading. */
export interface ModelInfo extends ModelSizes {
  readonly isa: string;
  /** Of the weights, what every step reads: all but an embedding that is not the head too. */
  readonly stepWeightBytes: number;
  /** Names of the matmul kernels in use, such as "avx2/q4_1". */
  readonly kernels: readonly string[];
  readonly kvBlockTokens: number;
  /** Threads that are bound to one CPU each; less than were to be where the kernel refused. */
  readonly pinnedThreads: number;
  /** Bytes that the model held when it was loaded, and at most before, as its allocator counted. */
  readonly mappedBytes: number;
  readonly peakMappedBytes: number;
  readonly conversions: readonly Conversion[];
  /** Null where no cache was asked for. */
  readonly packedCache: PackedCacheReport | null;
}

/**
 * One step's input. The arrays are allocated once (`allocateBatch`) and filled anew for each step;
 * `counts` says how much of each is in use. None may lie in a SharedArrayBuffer, and none may be
 * replaced once a step has taken the object: they are looked up when it comes first. Rows are
 * grouped by sequence; a decode is a chunk of one row. Of the sampling parameters each draw has a
 * number.
 */
export interface StepBatch extends SamplingArrays {
  /** How many rows, sequences, draws, scores, logitRows: see `BatchCount`. */
  readonly counts: Int32Array;
  /** [rows] token ids. */
  readonly tokens: Int32Array;
  /** [sequences + 1] sequence s owns rows rowOffsets[s] up to rowOffsets[s + 1]. */
  readonly rowOffsets: Int32Array;
  /** [sequences] absolute position of a sequence's first row; the rest follow one by one. */
  readonly firstPositions: Int32Array;
  /** [sequences + 1] ranges of `blockTables`. */
  readonly blockOffsets: Int32Array;
  /** Block ids; position p of a sequence is in its block p / KV_BLOCK_TOKENS. */
  readonly blockTables: Int32Array;

  // Draws: token d is drawn from row drawRow[d]. A row may have none or many.
  readonly drawRow: Int32Array;
  readonly seed: BigUint64Array;
  readonly sampleIndex: Uint32Array;
  readonly drawIndex: Uint32Array;
  /** [2 * draws] begin and end in countIds. */
  readonly countRange: Int32Array;
  /** [2 * draws] begin and end in biasIds. */
  readonly biasRange: Int32Array;
  /** First word of the draw's token mask in `masks`, or -1. */
  readonly maskOffset: Int32Array;
  /** -1: no log-probability; 0: the drawn token's; k > 0: the k best too. */
  readonly drawTopLogprobs: Int32Array;
  /** Ids in prompt or answer, each once; repetition_penalty applies to all of them. */
  readonly countIds: Int32Array;
  /** How often an id stands in the answer (0: in the prompt only). */
  readonly countValues: Int32Array;
  readonly biasIds: Int32Array;
  /** Added to logits; -Infinity bans. */
  readonly biasValues: Float32Array;
  /** Bit masks of allowed tokens, ceil(vocab / 32) words each. */
  readonly masks: Uint32Array;

  // Scores: the log-probability of a given token after a row.
  readonly scoreRow: Int32Array;
  /** A token id, or -1 where only the best are asked for. */
  readonly scoreTarget: Int32Array;
  readonly scoreTopLogprobs: Int32Array;

  /** Rows whose whole logits are copied to `results.logits`. */
  readonly logitRows: Int32Array;

  readonly results: StepResults;
}

/** Indices of `StepBatch.counts`. */
export const BatchCount = {
  rows: 0,
  sequences: 1,
  draws: 2,
  scores: 3,
  logitRows: 4,
} as const;
export const BATCH_COUNTS = 5;

/** What a step wrote. Log-probabilities are natural, of the model's own distribution. */
export interface StepResults {
  readonly drawTokens: Int32Array;
  readonly drawLogprobs: Float32Array;
  /** `RowStatus`. */
  readonly drawStatus: Uint8Array;
  /** [draws][MAX_TOP_LOGPROBS], best first. */
  readonly drawTopIds: Int32Array;
  readonly drawTopLogprobs: Float32Array;
  readonly scoreLogprobs: Float32Array;
  readonly scoreStatus: Uint8Array;
  readonly scoreTopIds: Int32Array;
  readonly scoreTopLogprobs: Float32Array;
  /** [logitRows][vocab] */
  readonly logits: Float32Array;
}

export interface NativeModel {
  readonly info: ModelInfo;
  /**
   * Begins to run one batch, on a thread of the pool's; `finishStep` must follow, and the batch's
   * arrays belong to the step until then. Throws an error with a `code` of `src/errors.ts`.
   */
  startStep(batch: StepBatch): void;
  /** Takes part until the batch is done; throws as `startStep`. */
  finishStep(): void;
  /** Copies KV blocks over all layers: (from, to) pairs, in order. */
  copyBlocks(pairs: Int32Array): void;
  /**
   * Writes random keys and values, the same ones each time, into every block of the pool: for
   * timing what follows a long context that was never computed.
   */
  fillKv(): void;
  /** Frees everything. Later calls throw. */
  close(): void;
}

/** What tokens stand for, as far as grammars ask. */
export interface GrammarTables {
  /** All tokens' bytes, one after the other (SharedArrayBuffer). */
  readonly bytes: Uint8Array;
  /** [tokens + 1] where each token's bytes begin (SharedArrayBuffer); later ids have none. */
  readonly offsets: Uint32Array;
  /** [vocab] 1: a token of text, which a grammar may let through. */
  readonly usable: Uint8Array;
  /** Tokens that end an answer. */
  readonly ends: Int32Array;
}

export interface NativeVocabulary {
  /** Memory that it takes. */
  readonly bytes: number;
}

/** A state of a grammar's automaton; 0 is the one from which nothing goes on. */
export type GrammarState = number;
export const DEAD_STATE: GrammarState = 0;

/**
 * A grammar whose automaton is built as far as its users' texts lead. Its states are good for as
 * long as it lives, and for all its users.
 */
export interface NativeGrammar {
  readonly start: GrammarState;
  /** Memory that the program and the states so far take. */
  readonly bytes: number;
  /** It has come to the memory that it may take. */
  readonly exhausted: boolean;
  /** The state after a token. */
  step(state: GrammarState, token: number): GrammarState;
  /** The state after bytes that are no tokens. */
  stepBytes(state: GrammarState, bytes: Uint8Array): GrammarState;
  /** Whether the text may end there. */
  accepts(state: GrammarState): boolean;
  /**
   * Writes ceil(vocab / 32) words from `offset` on: a bit for each token after which the text can
   * still become one of the grammar's, and for those that end an answer where it is one. Returns
   * whether there is any of the first.
   */
  fillMask(state: GrammarState, mask: Uint32Array, offset: number): boolean;
  /**
   * Tokens of the bytes that must follow, each the longest that fits, `most` at the most: a guess of
   * how they will be cut.
   */
  forcedTokens(state: GrammarState, most: number): Int32Array;
}

export interface Addon {
  readonly GrammarVocabulary: new (tables: GrammarTables) => NativeVocabulary;
  /** Beyond `mostBytes` of memory (64 MiB) all states of a grammar are `DEAD_STATE`. */
  readonly Grammar: new (
    vocabulary: NativeVocabulary,
    program: Program,
    mostBytes?: number,
  ) => NativeGrammar;
  cpuInfo(): CpuInfo;
  /**
   * What `loadModel` would take, by the same code. Checks the load and its tensors against each
   * other as that does, but opens no file, starts no thread and takes no memory to speak of.
   */
  measureModel(load: ModelLoad): ModelSizes;
  /** Those that C++ computes, by GGUF's names; src/model/architectures reads the same. */
  readonly architectures: readonly string[];
  /** Checks, reads and packs the weights, allocates the KV pool. Synchronous; runs for seconds. */
  loadModel(options: LoadOptions): NativeModel;
}
