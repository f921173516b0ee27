import { MAX_TOP_LOGPROBS, RowStatus, type StepResults } from '../native/addon.js';
import type { ErrorCode } from '../errors.js';
import { drawsOf } from './pack-batch.js';
import type { Chunk, StepPlan } from './scheduler.js';
import type { Sequence } from './sequence.js';
import type { Draft } from './speculation/draft-source.js';
import type { AcceptedText } from './text/sequence-text.js';
import { finishAt } from './text/stop-rules.js';
import type { ChoiceDelta, GenerationRequest, TokenLogprob } from './types.js';

/** A chunk's KV is computed, and what its logits are for has come. */
export interface ComputedChunk {
  readonly type: 'computed';
  readonly chunk: Chunk;
  /** Of the chunk's scored positions. */
  readonly scores: readonly TokenLogprob[];
  /**
   * What each of the chunk's `ready` sequences gained. `delta.finish`: it is the choice's last. All
   * tokens but the last were drafted: their KV is in the chunk's first rows.
   */
  readonly gains: readonly { readonly sequence: Sequence; readonly delta: ChoiceDelta }[];
}

/** A chunk's output is of no use: its request has failed, its KV must not be found again. */
interface FailedChunk {
  readonly type: 'failed';
  readonly chunk: Chunk;
  readonly code: ErrorCode;
  readonly message: string;
}

export type ChunkOutcome = ComputedChunk | FailedChunk;

type Problem = Pick<FailedChunk, 'code' | 'message'>;

/**
 * Reads a step's results in the order in which packBatch asked for them: an outcome for each chunk
 * of the plan. Of the sequences only their text moves on; all else is for the loop to apply.
 */
export function postprocess(plan: StepPlan, results: StepResults): ChunkOutcome[] {
  let draw = 0;
  let score = 0;
  return plan.chunks.map((chunk) => {
    const outcome = readChunk(chunk, results, draw, score);
    draw += drawsOf(chunk);
    score += chunk.scores.length;
    return outcome;
  });
}

/** A chunk's results begin at `firstDraw` and `firstScore`. */
function readChunk(
  chunk: Chunk,
  results: StepResults,
  firstDraw: number,
  firstScore: number,
): ChunkOutcome {
  const { sequence, ready, scores, draft } = chunk;
  const { generation } = sequence.request;
  const drawn = drawsOf(chunk);
  // Draws behind a draft's first row may be of tokens that were not drawn.
  const judged = draft === null ? drawn : 1;
  const problem =
    problemOf(sequence, results.drawStatus, firstDraw, judged) ??
    problemOf(sequence, results.scoreStatus, firstScore, scores.length);
  if (problem !== null) return { type: 'failed', chunk, ...problem };
  return {
    type: 'computed',
    chunk,
    scores: scores.map((position, i) => readScore(generation, position, results, firstScore + i)),
    gains: ready.map((sequence, i) => ({
      sequence,
      delta: drawn > 0 ? accept(sequence, draft, results, firstDraw + i) : withoutTokens(sequence),
    })),
  };
}

/** The draw `first` is the sequence's next token; those that follow are as long as it agrees. */
function accept(
  sequence: Sequence,
  draft: Draft | null,
  results: StepResults,
  first: number,
): ChoiceDelta {
  const delta = acceptDraw(sequence, results, first, 1);
  if (draft === null) return delta;
  const all = { ...delta, tokenIds: [...delta.tokenIds], logprobs: [...delta.logprobs] };
  for (const [i, token] of draft.tokens.entries()) {
    const d = first + i + 1;
    if (all.finish !== null || all.tokenIds[i] !== token) break;
    // Fails in the next step, whose first draw it will be.
    if (results.drawStatus[d] !== RowStatus.ok) break;
    const { text, reasoning, tokenIds, logprobs, finish } = acceptDraw(sequence, results, d, i + 2);
    all.text += text;
    all.reasoning += reasoning;
    all.tokenIds.push(...tokenIds);
    all.logprobs.push(...logprobs);
    all.finish = finish;
  }
  return all;
}

function problemOf(
  { grammar }: Sequence,
  statuses: Uint8Array,
  begin: number,
  count: number,
): Problem | null {
  let nothingLeft = false;
  for (let i = begin; i < begin + count; i++) {
    const status = statuses[i];
    if (status === RowStatus.notFinite) {
      return {
        code: 'not_finite',
        message: "The model's output for this request is not finite.",
      };
    }
    if (status === RowStatus.nothingLeft) nothingLeft = true;
  }
  if (nothingLeft && grammar?.exhausted === true) {
    return {
      code: 'invalid_value',
      message:
        'What the answer is held to has come to the memory that its states may take: patterns that ' +
        'count words or characters of long texts take much.',
    };
  }
  if (nothingLeft) {
    return {
      code: 'invalid_value',
      message:
        "logit_bias, what the model's generation_config.json bans and what the answer is held to leave " +
        'no token that could be drawn.',
    };
  }
  return null;
}

/** A request for no tokens ends with its prompt. */
function withoutTokens({ choice }: Sequence): ChoiceDelta {
  const finish = { reason: 'length', matched: null } as const;
  return { choice, text: '', reasoning: '', tokenIds: [], logprobs: [], finish };
}

/** Draw `d` is the sequence's next token, the `nth` of this step. */
function acceptDraw(sequence: Sequence, results: StepResults, d: number, nth: number): ChoiceDelta {
  const token = results.drawTokens[d]!;
  const { text, rules, generated } = sequence;
  // A grammar lets an end through only where the answer may end, however few its tokens.
  const ended = sequence.grammar?.begun === true && rules.eosIds.includes(token);
  const byId = ended ? ENDED : finishAt(rules, token, generated.length + nth);
  // A token that ends the answer by its id is no text.
  let gained = byId?.reason === 'stop' ? NO_TEXT : text.accept(token);
  const { part } = text;
  if (byId !== null || gained.stopMatched !== null) {
    const held = text.finish();
    gained = {
      text: gained.text + held.text,
      reasoning: gained.reasoning + held.reasoning,
      stopMatched: held.stopMatched,
    };
  }
  const { stopMatched } = gained;
  const { topLogprobs } = sequence.request.generation;
  return {
    choice: sequence.choice,
    text: gained.text,
    reasoning: gained.reasoning,
    tokenIds: [token],
    logprobs: topLogprobs === null ? [] : [{ ...readDraw(results, d, token, topLogprobs), part }],
    finish: stopMatched === null ? byId : { reason: 'stop', matched: stopMatched },
  };
}

const ENDED = { reason: 'stop', matched: null } as const;
const NO_TEXT: AcceptedText = { text: '', reasoning: '', stopMatched: null };

function readDraw(results: StepResults, d: number, id: number, top: number): TokenLogprob {
  const { drawLogprobs, drawTopIds, drawTopLogprobs } = results;
  return { id, logprob: drawLogprobs[d]!, top: readTop(drawTopIds, drawTopLogprobs, d, top) };
}

/** Result `s`: how likely the prompt's token after `position` was. */
function readScore(
  generation: GenerationRequest,
  position: number,
  results: StepResults,
  s: number,
): TokenLogprob {
  const { scoreLogprobs, scoreTopIds, scoreTopLogprobs } = results;
  const id = generation.promptIds[position + 1]!;
  const top = generation.promptTopLogprobs ?? 0;
  return { id, logprob: scoreLogprobs[s]!, top: readTop(scoreTopIds, scoreTopLogprobs, s, top) };
}

/** The best `count` of entry `index`; where the vocabulary has fewer, ids of -1 follow them. */
function readTop(
  ids: Int32Array,
  logprobs: Float32Array,
  index: number,
  count: number,
): TokenLogprob['top'] {
  const first = index * MAX_TOP_LOGPROBS;
  const top: { id: number; logprob: number }[] = [];
  for (let i = first; i < first + count && ids[i]! >= 0; i++) {
    top.push({ id: ids[i]!, logprob: logprobs[i]! });
  }
  return top;
}
