import { MAX_TOP_LOGPROBS, RowStatus, type StepResults } from '../native/addon.js';
import type { ErrorCode } from '../errors.js';
import { drawnFrom } from './pack-batch.js';
import type { Chunk, StepPlan } from './scheduler.js';
import type { Sequence } from './sequence.js';
import { finishAt } from './text/stop-rules.js';
import type { ChoiceDelta, GenerationRequest, TokenLogprob } from './types.js';

/** What the loop does with what a step brought. */
export interface StepOutcome {
  /** Called before anything is drawn from the chunk. */
  computed(chunk: Chunk): void;
  /** Called before the deltas of a chunk that had all that was left of its sequence. */
  promptComputed(sequence: Sequence): void;
  /** `delta.finish` says whether it is the choice's last. */
  delta(sequence: Sequence, delta: ChoiceDelta): void;
  failed(sequence: Sequence, code: ErrorCode, message: string): void;
}

/** Reads a step's results in the order in which packBatch asked for them. */
export function postprocess(plan: StepPlan, results: StepResults, outcome: StepOutcome): void {
  let draw = 0;
  let score = 0;
  for (const chunk of plan.chunks) {
    const drawn = drawnFrom(chunk).length;
    // Another choice of the same request may have failed just before, and this one with it.
    if (chunk.sequence.state !== 'finished') acceptChunk(chunk, results, draw, score, outcome);
    draw += drawn;
    score += chunk.scores.length;
  }
}

/** Takes a chunk's results, which begin at `firstDraw` and `firstScore`. */
function acceptChunk(
  chunk: Chunk,
  results: StepResults,
  firstDraw: number,
  firstScore: number,
  outcome: StepOutcome,
): void {
  const { sequence, ready, scores } = chunk;
  const { request } = sequence;
  const drawn = drawnFrom(chunk).length;
  const problem =
    problemOf(results.drawStatus, firstDraw, drawn) ??
    problemOf(results.scoreStatus, firstScore, scores.length);
  if (problem !== null) {
    // Before the chunk counts as computed: what is not finite must not get into the prefix cache.
    outcome.failed(sequence, ...problem);
    return;
  }
  scores.forEach((position, i) => {
    request.scores?.push(readScore(request.request, position, results, firstScore + i));
  });
  outcome.computed(chunk);
  if (ready.length > 0) outcome.promptComputed(sequence);
  ready.forEach((sequence, i) => {
    const delta =
      drawn > 0 ? acceptDraw(sequence, results, firstDraw + i) : withoutTokens(sequence);
    outcome.delta(sequence, delta);
  });
}

function problemOf(
  statuses: Uint8Array,
  begin: number,
  count: number,
): [code: ErrorCode, message: string] | null {
  const rows = statuses.subarray(begin, begin + count);
  if (rows.includes(RowStatus.notFinite)) {
    return ['not_finite', "The model's output for this request is not finite."];
  }
  if (rows.includes(RowStatus.nothingLeft)) {
    return [
      'invalid_value',
      "logit_bias and what the model's generation_config.json bans leave no token that could be drawn.",
    ];
  }
  return null;
}

/** A request for no tokens ends with its prompt. */
function withoutTokens({ choice }: Sequence): ChoiceDelta {
  const finish = { reason: 'length', matched: null } as const;
  return { choice, text: '', reasoning: '', tokenIds: [], logprobs: [], finish };
}

/** Takes draw `d` as the sequence's next token. */
function acceptDraw(sequence: Sequence, results: StepResults, d: number): ChoiceDelta {
  const token = results.drawTokens[d];
  sequence.append(token);
  const delta = { text: '', reasoning: '' };
  let finish: ChoiceDelta['finish'] = finishAt(sequence.rules, token, sequence.generated.length);
  // A token that ends the answer by its id is no text.
  if (finish?.reason !== 'stop') {
    const { text, reasoning, part, stopMatched } = sequence.text.accept(token);
    delta.text = text;
    delta.reasoning = reasoning;
    sequence.part = part;
    if (stopMatched !== null) finish = { reason: 'stop', matched: stopMatched };
  }
  if (finish !== null) {
    const { text, reasoning, stopMatched } = sequence.text.finish();
    delta.text += text;
    delta.reasoning += reasoning;
    if (stopMatched !== null) finish = { reason: 'stop', matched: stopMatched };
  }
  const { topLogprobs } = sequence.request.request;
  const logprobs =
    topLogprobs === null
      ? []
      : [{ ...readDraw(results, d, token, topLogprobs), part: sequence.part }];
  return { choice: sequence.choice, ...delta, tokenIds: [token], logprobs, finish };
}

function readDraw(results: StepResults, d: number, id: number, top: number): TokenLogprob {
  const { drawLogprobs, drawTopIds, drawTopLogprobs } = results;
  return { id, logprob: drawLogprobs[d], top: readTop(drawTopIds, drawTopLogprobs, d, top) };
}

/** Result `s`: how likely the prompt's token after `position` was. */
function readScore(
  request: GenerationRequest,
  position: number,
  results: StepResults,
  s: number,
): TokenLogprob {
  const { scoreLogprobs, scoreTopIds, scoreTopLogprobs } = results;
  const id = request.promptIds[position + 1];
  const top = request.promptTopLogprobs ?? 0;
  return { id, logprob: scoreLogprobs[s], top: readTop(scoreTopIds, scoreTopLogprobs, s, top) };
}

/** The best `count` of entry `index`, fewer where the vocabulary is smaller than that. */
function readTop(
  ids: Int32Array,
  logprobs: Float32Array,
  index: number,
  count: number,
): { id: number; logprob: number }[] {
  const first = index * MAX_TOP_LOGPROBS;
  return Array.from({ length: count }, (_, i) => ({
    id: ids[first + i],
    logprob: logprobs[first + i],
  }));
}
