import { RowStatus, type StepResults } from '../native/addon.js';
import type { ErrorCode } from '../errors.js';
import { acceptDraws, endedPrompt, type ChoiceGain } from './accept-draws.js';
import { drawsOf } from './pack-batch.js';
import { readTop } from './read-top.js';
import type { Chunk, StepPlan } from './scheduler.js';
import type { Sequence } from './sequence.js';
import type { GenerationRequest, TokenLogprob } from './types.js';

/** A chunk's KV is computed, and what its logits are for has come. */
export interface ComputedChunk {
  readonly type: 'computed';
  readonly chunk: Chunk;
  /** Of the chunk's scored positions. */
  readonly scores: readonly TokenLogprob[];
  /**
   * What each of the chunk's `ready` sequences gained. Of the tokens that were drawn all but the last
   * were drafted: their KV is in the chunk's first rows.
   */
  readonly gains: readonly ChoiceGain[];
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
    gains: ready.map((sequence, i) =>
      drawn > 0 ? acceptDraws(sequence, draft, results, firstDraw + i) : endedPrompt(sequence),
    ),
  };
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
