import { chunkSizes } from './chunk-sizes.js';
import { KvBlocks, type BlockCopies } from './kv-blocks.js';
import { maxRows, type EngineOptions } from './options.js';
import type { RequestState } from './request-state.js';
import { SequenceList } from './sequence-list.js';
import type { Sequence } from './sequence.js';
import type { Draft, DraftSource } from './speculation/draft-source.js';
import { GrammarDrafts } from './speculation/grammar-drafts.js';
import { Speculation } from './speculation/speculation.js';
import { TextDrafts } from './speculation/text-drafts.js';
import { StepCost } from './step-cost.js';

/**
 * Rows of one sequence in a step: its next `rows` tokens that have no KV yet; behind the last of them
 * the tokens of its draft.
 */
export interface Chunk {
  readonly sequence: Sequence;
  readonly rows: number;
  /** The sequence draws from its last token's row and from each of the draft's; null: no draft. */
  readonly draft: Draft | null;
  /** Prompt positions among the rows whose next token is to be scored. */
  readonly scores: readonly number[];
  /** Sequences that have all their tokens computed then: they draw from the chunk's last row. */
  readonly ready: readonly Sequence[];
}

export interface StepPlan {
  /** Requests that left the queue. */
  readonly started: readonly RequestState[];
  readonly chunks: readonly Chunk[];
  readonly copies: BlockCopies;
  readonly prefillRows: number;
  /** Of sequences that draw their next token, without their drafts. */
  readonly decodeRows: number;
  readonly draftRows: number;
}

/**
 * A prompt that has the engine for itself may take so many times `maxStepMs` in one step: larger
 * chunks compute faster, and whoever comes or leaves meanwhile still doesn't wait long.
 */
const ALONE_FACTOR = 4;

/**
 * Decides what each step computes. Every sequence that can draw its next token gets its row first;
 * prompts fill what is left of the step's time. When blocks run out, sequences of stalled readers
 * and then the youngest lose theirs and are computed again later: the oldest always comes on, so
 * everything ends.
 *
 * A sequence is in exactly one of four places, told by its `state`: waiting for a place (with
 * blocks, if it had to stand back for others when it resumed), following its request's leader,
 * running, or paused. Running and following sequences together fill at most `maxNumSeqs` places.
 */
export class Scheduler {
  readonly kv: KvBlocks;
  readonly #maxNumSeqs: number;
  readonly #maxRows: number;
  readonly #maxStepSeconds: number;
  readonly #cost = new StepCost();
  readonly #speculation: Speculation;
  readonly #waiting = new SequenceList();
  readonly #running = new SequenceList();
  /** Sequences without a place that hold blocks, so that nobody is asked in vain. */
  readonly #pausedWithBlocks = new SequenceList();
  readonly #waitingWithBlocks = new SequenceList();
  /** Of each request whose prompt is being computed for several: the sequence that does it. */
  readonly #leaders = new Map<RequestState, Sequence>();
  #following = 0;
  #preemptions = 0;

  /** `drafts`: where drafts come from, if not from the texts of the requests. */
  constructor(options: EngineOptions, drafts: DraftSource = new GrammarDrafts(new TextDrafts())) {
    this.kv = new KvBlocks(options.kvBlocks, options.prefixCaching);
    this.#maxNumSeqs = options.maxNumSeqs;
    this.#maxRows = maxRows(options);
    this.#maxStepSeconds = options.maxStepMs / 1000;
    this.#speculation = new Speculation(options.speculate ?? 'off', drafts, this.#maxStepSeconds);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Sequences that have a place. */
  get running(): number {
    return this.#running.length + this.#following;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  /** Whether a step would compute anything; a paused sequence is no work. */
  get hasWork(): boolean {
    return this.#running.length + this.#waiting.length > 0;
  }

  /** The sequences of a new request. */
  add(sequences: readonly Sequence[]): void {
    for (const sequence of sequences) this.#waiting.insert(sequence);
  }

  /** Plans a step that begins `now`; without work the plan has no chunks. */
  schedule(now: number): StepPlan {
    const started = this.#admit(now);
    const copies: BlockCopies = [];
    const decoding = this.#growRunning(copies);
    // Beside prompts there are no drafts: these take what the step's time has left.
    const alone = decoding.length === this.#running.length;
    const decodes = alone ? this.#withDrafts(decoding) : decoding.map((one) => chunkOf(one, 1));
    const prefills = this.#schedulePrefills(decodes.length);
    const rowsOf = (chunks: readonly Chunk[]): number =>
      chunks.reduce((sum, { rows }) => sum + rows, 0);
    return {
      started,
      chunks: [...decodes, ...prefills],
      copies,
      prefillRows: rowsOf(prefills),
      decodeRows: decodes.length,
      draftRows: rowsOf(decodes) - decodes.length,
    };
  }

  /** The step has run, and `accepted` drafted tokens were drawn. */
  record(plan: StepPlan, seconds: number, accepted: number): void {
    const { prefillRows, decodeRows, draftRows } = plan;
    this.#cost.record({
      ...{ prefillRows, seconds },
      prefillContext: prefillContext(plan),
      decodeRows: decodeRows + draftRows,
    });
    this.#speculation.record({ decodeRows, draftRows, prefillRows, accepted, seconds });
  }

  /** What a chunk's sequence has drawn, the first of it in place of its draft. */
  judge({ sequence, draft }: Chunk, drawn: readonly number[]): void {
    if (draft !== null) this.#speculation.learn(sequence, draft, drawn);
  }

  /**
   * A chunk's KV has been computed, and the tokens of its first `rows` rows are the sequence's:
   * followers of a finished prompt start on their own.
   */
  commit({ sequence }: Chunk, rows: number): void {
    this.kv.commit(sequence, sequence.computed + rows);
    if (sequence.remaining > 0) return;
    this.#resignLeader(sequence);
    for (const follower of sequence.followers) {
      this.kv.fork(sequence, follower);
      follower.state = 'running';
      this.#running.insert(follower);
    }
    this.#dismissFollowers(sequence);
  }

  /** Takes a sequence out, wherever it is. */
  finish(sequence: Sequence): void {
    switch (sequence.state) {
      case 'running':
        this.#stop(sequence);
        break;
      case 'waiting':
        this.#leaveQueue(sequence);
        break;
      case 'paused':
        this.#pausedWithBlocks.remove(sequence);
        break;
      case 'following':
        this.#leaders.get(sequence.request)?.followers.delete(sequence);
        this.#following--;
        break;
      case 'finished':
        return;
    }
    sequence.state = 'finished';
    this.kv.release(sequence);
  }

  /** The reader can't follow: the sequence keeps its blocks while nobody needs them. */
  pause(sequence: Sequence): void {
    // A sequence that has drawn nothing has filled nobody's buffer.
    if (sequence.fresh) return;
    if (sequence.state === 'running') this.#running.remove(sequence);
    else if (sequence.state === 'waiting') this.#leaveQueue(sequence);
    else return;
    sequence.state = 'paused';
    if (sequence.blocks.length > 0) this.#pausedWithBlocks.insert(sequence);
  }

  resume(sequence: Sequence): void {
    if (sequence.state !== 'paused') return;
    this.#pausedWithBlocks.remove(sequence);
    sequence.state = 'waiting';
    this.#waiting.insert(sequence);
    if (sequence.blocks.length > 0) this.#waitingWithBlocks.insert(sequence);
  }

  /**
   * Gives places to waiting sequences, strictly by age: nobody can be overtaken for ever. Returns the
   * requests that got their first.
   */
  #admit(now: number): RequestState[] {
    const started: RequestState[] = [];
    while (this.running < this.#maxNumSeqs) {
      const sequence = this.#waiting.oldest;
      if (sequence === undefined || !this.#place(sequence)) break;
      this.#leaveQueue(sequence);
      const { request } = sequence;
      if (request.startedAt !== null) continue;
      request.startedAt = now;
      request.cachedTokens = sequence.computed;
      started.push(request);
    }
    return started;
  }

  /** Lets a waiting sequence run or follow. False: there are no blocks for it. */
  #place(sequence: Sequence): boolean {
    const leader = sequence.fresh ? this.#leaders.get(sequence.request) : undefined;
    if (leader !== undefined) {
      sequence.state = 'following';
      leader.followers.add(sequence);
      this.#following++;
      return true;
    }
    if (sequence.blocks.length === 0 && !this.#allocate(sequence)) return false;
    sequence.state = 'running';
    this.#running.insert(sequence);
    if (sequence.fresh) this.#leaders.set(sequence.request, sequence);
    return true;
  }

  /** Blocks for a waiting sequence, so that each running one can still take another. */
  #allocate(sequence: Sequence): boolean {
    while (!this.kv.allocate(sequence, this.running)) {
      const victim = this.#idleVictim();
      if (victim === undefined) return false;
      this.#preempt(victim);
    }
    return true;
  }

  /**
   * Makes room for the KV of all tokens that running sequences have; those that draw their next token.
   * A prompt has its room since it was placed; what is written in a model's place may need more.
   */
  #growRunning(copies: BlockCopies): Sequence[] {
    const sequences: Sequence[] = [];
    // Whoever is preempted meanwhile is this sequence or a younger one, which then doesn't come.
    for (const sequence of this.#running) {
      if (this.#grow(sequence, copies) && sequence.remaining === 1) sequences.push(sequence);
    }
    return sequences;
  }

  /** A draft is cut where its KV would take a block that a sequence may need for its next token. */
  #withDrafts(sequences: readonly Sequence[]): Chunk[] {
    const drafts = this.#speculation.choose(sequences, this.#maxRows - sequences.length);
    return sequences.map((sequence) => {
      const draft = drafts.get(sequence);
      if (draft === undefined) return chunkOf(sequence, 1);
      const length = this.kv.extend(sequence, draft.tokens.length, this.running);
      return length > 0 ? draftChunk(sequence, draft, length) : chunkOf(sequence, 1);
    });
  }

  /** False: there was no other victim left than the sequence itself. */
  #grow(sequence: Sequence, copies: BlockCopies): boolean {
    while (!this.kv.grow(sequence, copies)) {
      // The youngest running one is never older than `sequence`, so it isn't in the plan yet.
      const victim = this.#idleVictim() ?? this.#running.youngest ?? sequence;
      this.#preempt(victim);
      if (victim === sequence) return false;
    }
    return true;
  }

  #schedulePrefills(decodeRows: number): Chunk[] {
    if (decodeRows === this.#running.length) return [];
    const prefills = [...this.#running].filter(({ remaining }) => remaining > 1);
    const alone = decodeRows === 0 && this.#waiting.length === 0 && prefills.length === 1;
    const seconds = this.#maxStepSeconds * (alone ? ALONE_FACTOR : 1);
    const rows = Math.min(
      this.#maxRows - decodeRows,
      this.#cost.prefillRowsWithin(seconds, decodeRows, prefills.length),
    );
    const sizes = chunkSizes(
      prefills.map(({ remaining, computed }) => ({
        remaining,
        price: this.#cost.priceAt(computed),
      })),
      rows,
    );
    return prefills
      .map((sequence, i) => chunkOf(sequence, sizes[i] ?? 0))
      .filter(({ rows }) => rows > 0);
  }

  /** A sequence without a place that holds blocks: paused ones first, the youngest first. */
  #idleVictim(): Sequence | undefined {
    return this.#pausedWithBlocks.youngest ?? this.#waitingWithBlocks.youngest;
  }

  /** Takes a sequence's blocks; what it has drawn stays, its KV will be computed again. */
  #preempt(sequence: Sequence): void {
    this.#preemptions++;
    this.kv.release(sequence);
    this.#pausedWithBlocks.remove(sequence);
    this.#waitingWithBlocks.remove(sequence);
    if (sequence.state !== 'running') return;
    this.#stop(sequence);
    sequence.state = 'waiting';
    this.#waiting.insert(sequence);
  }

  #leaveQueue(sequence: Sequence): void {
    this.#waiting.remove(sequence);
    this.#waitingWithBlocks.remove(sequence);
  }

  /** Takes a sequence out of the running ones; those that followed it wait again. */
  #stop(sequence: Sequence): void {
    this.#running.remove(sequence);
    this.#resignLeader(sequence);
    for (const follower of sequence.followers) {
      follower.state = 'waiting';
      this.#waiting.insert(follower);
    }
    this.#dismissFollowers(sequence);
  }

  #dismissFollowers(sequence: Sequence): void {
    this.#following -= sequence.followers.size;
    sequence.followers.clear();
  }

  #resignLeader(sequence: Sequence): void {
    const { request } = sequence;
    if (this.#leaders.get(request) === sequence) this.#leaders.delete(request);
  }
}

/** Tokens that the plan's prefill rows attend to, all together. */
function prefillContext({ chunks, decodeRows, prefillRows }: StepPlan): number {
  if (prefillRows === 0) return 0;
  let tokens = 0;
  for (const { sequence, rows } of chunks.slice(decodeRows)) {
    tokens += rows * (sequence.computed + rows / 2);
  }
  return tokens;
}

function chunkOf(sequence: Sequence, rows: number): Chunk {
  const ready = rows === sequence.remaining ? [sequence, ...sequence.followers] : [];
  return { sequence, rows, draft: null, scores: scoredPositions(sequence, rows), ready };
}

/** The sequence's last token, and the first `length` of a draft. */
function draftChunk(sequence: Sequence, draft: Draft, length: number): Chunk {
  const tokens = draft.tokens.slice(0, length);
  return {
    ...{ sequence, rows: 1 + length },
    draft: { ...draft, tokens },
    scores: [],
    ready: [sequence],
  };
}

/** Rows that were scored before a preemption are not scored again. */
function scoredPositions({ request, computed }: Sequence, rows: number): number[] {
  const next = request.nextScore;
  if (next === null) return [];
  const end = Math.min(computed + rows, request.generation.promptIds.length - 1);
  return Array.from({ length: Math.max(0, end - next) }, (_, i) => next + i);
}
