/**
 * The addon's surface without a model, for tests of the engine and the server. It is strict where
 * the real one must trust: its KV blocks hold the tokens that were written and a hash of all that
 * stood before them, and a step reads every position back through the block table that it is
 * handed. A wrong table, a copy-on-write that was forgotten, a block reused too early or a wrong
 * position throws; logits are a function of the tokens found, of nothing else.
 */
import { KingletError } from '../../src/errors.js';
import { ARCHITECTURES } from '../../src/model/architectures/registry.js';
import {
  BatchCount,
  KV_BLOCK_TOKENS,
  Signal,
  type Addon,
  type LoadOptions,
  type ModelLoad,
  type ModelInfo,
  type ModelSizes,
  type NativeModel,
  type StepBatch,
} from '../../src/native/addon.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { fakeDraw, fakeScore, mix32 } from './fake-sampler.js';

/** What the fake knows of a row when it answers. */
interface FakeContext {
  /** Tokens up to and with the row. */
  readonly tokens: readonly number[];
}

export interface FakeAddonOptions {
  /**
   * The token that follows a context, or several that are equally likely; they get by far the largest
   * logits. Left out, the logits are noise that the whole context decides, with the letters a to z and
   * the space well ahead.
   */
  readonly next?: (context: FakeContext) => number | readonly number[];
  /** Seconds that a step of `rows` rows takes, of which `decodeRows` are alone in their sequence. */
  readonly stepSeconds?: (rows: number, decodeRows: number) => number;
  /** Lets time pass: moves a test's clock, or sleeps. */
  readonly spend?: (seconds: number) => void;
  /** Called before each step (counted from 0); what it throws, the step throws. */
  readonly onStep?: (index: number, batch: StepBatch) => void;
  /** Rows whose logits are NaN. */
  readonly notFinite?: (context: FakeContext) => boolean;
  /** Throws what loading should fail with. */
  readonly onLoad?: (options: LoadOptions) => void;
}

/** The position of a slot that was never written. */
const EMPTY = -1;
/** That of a slot that `fillKv` wrote: it passes for any. */
const FILLED = -2;
const SCRIPTED_LOGIT = 20;
const LETTER_LOGIT = 4;

export function createFakeAddon(options: FakeAddonOptions = {}): Addon {
  return {
    cpuInfo: () => ({ isa: 'fake', available: ['fake'], built: ['fake'] }),
    measureModel: fakeSizes,
    architectures: ARCHITECTURES.map(({ name }) => name),
    // Grammars know nothing of models: they are the real ones.
    GrammarVocabulary: loadAddon().GrammarVocabulary,
    Grammar: loadAddon().Grammar,
    loadModel: (load) => {
      options.onLoad?.(load);
      Atomics.store(load.signals, Signal.progress, 1000);
      return new FakeModel(load, options);
    },
  };
}

/** A token, a position and a hash for each position of the pool; weights it has none. */
function fakeSizes({ kvBlocks }: ModelLoad): ModelSizes {
  const kvBlockBytes = KV_BLOCK_TOKENS * 3 * 4;
  const kvPoolBytes = kvBlocks * kvBlockBytes;
  return { weightBytes: 0, loadingBytes: 0, kvBlockBytes, kvPoolBytes, scratchBytes: 0 };
}

class FakeModel implements NativeModel {
  readonly info: ModelInfo;
  readonly #load: LoadOptions;
  readonly #options: FakeAddonOptions;
  // [kvBlocks * KV_BLOCK_TOKENS]
  readonly #tokens: Int32Array;
  readonly #positions: Int32Array;
  #underWay: StepBatch | null = null;
  readonly #hashes: Uint32Array;
  #steps = 0;
  #closed = false;

  constructor(load: LoadOptions, options: FakeAddonOptions) {
    this.#load = load;
    this.#options = options;
    const slots = load.kvBlocks * KV_BLOCK_TOKENS;
    this.#tokens = new Int32Array(slots);
    this.#positions = new Int32Array(slots).fill(EMPTY);
    this.#hashes = new Uint32Array(slots);
    this.info = {
      isa: 'fake',
      kernels: ['fake/hash'],
      stepWeightBytes: 0,
      kvBlockTokens: KV_BLOCK_TOKENS,
      pinnedThreads: load.pin ? load.threads : 0,
      ...fakeSizes(load),
      mappedBytes: this.#tokens.byteLength + this.#positions.byteLength + this.#hashes.byteLength,
      peakMappedBytes: fakeSizes(load).kvPoolBytes,
      conversions: [],
      packedCache: null,
    };
  }

  startStep(batch: StepBatch): void {
    this.#checkOpen();
    this.#underWay = batch;
  }

  /** All of the step is done here: who looks at results before it finds none. */
  finishStep(): void {
    const batch = this.#underWay;
    if (batch === null) throw new KingletError('invalid_argument', 'no step is under way');
    this.#underWay = null;
    this.#options.onStep?.(this.#steps++, batch);
    const rows = batch.counts[BatchCount.rows]!;
    if (rows > this.#load.maxRows) {
      throw new KingletError('invalid_argument', `${rows} rows, at most ${this.#load.maxRows}`);
    }
    this.#options.spend?.(this.#options.stepSeconds?.(rows, lonelyRows(batch)) ?? 0);
    if (Atomics.load(this.#load.signals, Signal.cancel) !== 0) {
      throw new KingletError('cancelled', 'the step was cancelled');
    }
    Atomics.add(this.#load.signals, Signal.heartbeat, 1);
    // As a model's layers do, all rows write their KV before any row reads.
    const contexts = this.#write(batch);
    this.#answer(batch, contexts);
  }

  copyBlocks(pairs: Int32Array): void {
    this.#checkOpen();
    for (let i = 0; i < pairs.length; i += 2) {
      const from = this.#slot(pairs[i]!, 0);
      const to = this.#slot(pairs[i + 1]!, 0);
      for (const array of [this.#tokens, this.#positions, this.#hashes]) {
        array.copyWithin(to, from, from + KV_BLOCK_TOKENS);
      }
    }
  }

  fillKv(): void {
    this.#checkOpen();
    this.#tokens.fill(0);
    this.#positions.fill(FILLED);
    this.#hashes.fill(0);
  }

  close(): void {
    this.#checkOpen();
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new KingletError('invalid_argument', 'the model is closed');
    if (this.#underWay !== null) {
      throw new KingletError('invalid_argument', 'a step is under way');
    }
  }

  #slot(block: number, offset: number): number {
    if (!(block >= 0 && block < this.#load.kvBlocks)) {
      throw new KingletError('invalid_argument', `there is no KV block ${block}`);
    }
    return block * KV_BLOCK_TOKENS + offset;
  }

  /** Writes all rows' KV, then reads each sequence's context back; [sequences] of tokens. */
  #write(batch: StepBatch): number[][] {
    const written = new Set<number>();
    const sequences = Array.from({ length: batch.counts[BatchCount.sequences]! }, (_, s) => {
      const { first, rowBegin, slots } = this.#sequence(batch, s);
      let hash = first === 0 ? 0 : this.#hashes[slots[first - 1]!]!;
      for (const [i, slot] of slots.slice(first).entries()) {
        const row = rowBegin + i;
        const token = batch.tokens[row]!;
        if (!(token >= 0 && token < this.#load.spec.vocabSize)) {
          throw new KingletError('invalid_argument', `row ${row} has token ${token}`);
        }
        if (written.has(slot)) {
          throw new KingletError('internal_error', `two rows of a step write KV slot ${slot}`);
        }
        written.add(slot);
        hash = followedBy(hash, token);
        this.#tokens[slot] = token;
        this.#positions[slot] = first + i;
        this.#hashes[slot] = hash;
      }
      return slots;
    });
    return sequences.map((slots, s) => this.#read(slots, s));
  }

  /** Where a sequence's rows begin, and the slots of its positions from 0 to its last row's. */
  #sequence(
    batch: StepBatch,
    s: number,
  ): { readonly first: number; readonly rowBegin: number; readonly slots: readonly number[] } {
    const first = batch.firstPositions[s]!;
    const rowBegin = batch.rowOffsets[s]!;
    const rowEnd = batch.rowOffsets[s + 1]!;
    const length = first + rowEnd - rowBegin;
    if (rowEnd <= rowBegin || length > this.#load.spec.contextLength) {
      throw new KingletError('invalid_argument', `sequence ${s} has rows up to ${length}`);
    }
    const table = batch.blockTables.subarray(batch.blockOffsets[s], batch.blockOffsets[s + 1]);
    const slots = Array.from({ length }, (_, position) => {
      const block = table[Math.floor(position / KV_BLOCK_TOKENS)];
      if (block === undefined) {
        throw new KingletError('invalid_argument', `no KV block for position ${position}`);
      }
      return this.#slot(block, position % KV_BLOCK_TOKENS);
    });
    return { first, rowBegin, slots };
  }

  /** The tokens that lie in `slots`, if they are one sequence from position 0 on. */
  #read(slots: readonly number[], sequence: number): number[] {
    let hash = 0;
    return slots.map((slot, position) => {
      const token = this.#tokens[slot]!;
      if (this.#positions[slot] === FILLED) {
        hash = this.#hashes[slot]!;
        return token;
      }
      hash = followedBy(hash, token);
      if (this.#positions[slot] !== position || this.#hashes[slot] !== hash) {
        throw new KingletError(
          'internal_error',
          `KV of another sequence at position ${position} of sequence ${sequence}`,
        );
      }
      return token;
    });
  }

  #answer(batch: StepBatch, contexts: readonly (readonly number[])[]): void {
    let cached: { row: number; logits: Float32Array } | null = null;
    const logitsOf = (row: number): Float32Array => {
      if (cached?.row === row) return cached.logits;
      // Offsets rise: the row is of the last sequence that begins at or before it.
      const s = contexts.findLastIndex((_, i) => batch.rowOffsets[i]! <= row);
      const length = batch.firstPositions[s]! + row - batch.rowOffsets[s]! + 1;
      cached = { row, logits: this.#logits(contexts[s]!.slice(0, length)) };
      return cached.logits;
    };
    const { counts, results, drawRow, scoreRow, logitRows } = batch;
    const used = (rows: Int32Array, count: number) => rows.subarray(0, counts[count]).entries();
    for (const [d, row] of used(drawRow, BatchCount.draws)) fakeDraw(batch, d, logitsOf(row));
    for (const [s, row] of used(scoreRow, BatchCount.scores)) fakeScore(batch, s, logitsOf(row));
    for (const [i, row] of used(logitRows, BatchCount.logitRows)) {
      results.logits.set(logitsOf(row), i * this.#load.spec.vocabSize);
    }
  }

  #logits(tokens: readonly number[]): Float32Array {
    const { vocabSize } = this.#load.spec;
    const context = { tokens };
    if (this.#options.notFinite?.(context) === true) return new Float32Array(vocabSize).fill(NaN);
    const hash = tokens.reduce(followedBy, 0);
    const logits = new Float32Array(vocabSize);
    for (let id = 0; id < vocabSize; id++) {
      logits[id] = mix32(hash ^ Math.imul(id + 1, 0x85ebca6b)) / 2 ** 32;
    }
    if (this.#options.next !== undefined) {
      for (const token of [this.#options.next(context)].flat()) logits[token]! += SCRIPTED_LOGIT;
    } else {
      for (let id = 0; id < vocabSize; id++) if (isLetter(id)) logits[id]! += LETTER_LOGIT;
    }
    return logits;
  }
}

/** Sequences that have one row in the step. */
function lonelyRows({ counts, rowOffsets }: StepBatch): number {
  let lonely = 0;
  for (let s = 0; s < counts[BatchCount.sequences]!; s++) {
    if (rowOffsets[s + 1]! - rowOffsets[s]! === 1) lonely++;
  }
  return lonely;
}

/** The hash of a context and one more token. */
function followedBy(hash: number, token: number): number {
  return mix32(hash ^ Math.imul(token + 1, 0x9e3779b1));
}

/** A small letter or the space, where tokens are bytes. */
function isLetter(id: number): boolean {
  return id === 0x20 || (id >= 0x61 && id <= 0x7a);
}
