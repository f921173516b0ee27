import type { ChoiceDelta, FinishReason, RequestUsage, TokenLogprob } from '../../engine/types.js';
import type { GenerationEvent } from './run.js';

/** A choice when it has ended. */
export interface CollectedChoice {
  readonly text: string;
  readonly reasoning: string;
  readonly tokenIds: readonly number[];
  readonly logprobs: readonly ChoiceDelta['logprobs'][number][];
  readonly finish: FinishReason;
}

export interface Collected {
  readonly choices: readonly CollectedChoice[];
  /** Of prompt tokens 1, 2, …; null where they were not asked for. */
  readonly promptScores: readonly TokenLogprob[] | null;
  readonly usage: RequestUsage;
}

/** A choice while it grows. */
interface Parts {
  readonly text: string[];
  readonly reasoning: string[];
  readonly tokenIds: number[];
  readonly logprobs: ChoiceDelta['logprobs'][number][];
  finish: FinishReason;
}

/** Takes a generation to its end: n choices, each the sum of its deltas. */
export async function collect(
  events: AsyncIterable<GenerationEvent>,
  n: number,
): Promise<Collected> {
  const parts = Array.from({ length: n }, (): Parts => ({
    text: [],
    reasoning: [],
    tokenIds: [],
    logprobs: [],
    finish: 'length',
  }));
  let promptScores: readonly TokenLogprob[] | null = null;
  let usage: RequestUsage | null = null;
  for await (const event of events) {
    if (event.type === 'delta') {
      const part = parts[event.delta.choice]!;
      part.text.push(event.delta.text);
      part.reasoning.push(event.delta.reasoning);
      part.tokenIds.push(...event.delta.tokenIds);
      part.logprobs.push(...event.delta.logprobs);
      if (event.delta.finish !== null) part.finish = event.delta.finish.reason;
    } else if (event.type === 'promptScores') {
      promptScores = event.scores;
    } else if (event.type === 'end') {
      usage = event.usage;
    }
  }
  return {
    choices: parts.map((part) => ({
      ...part,
      text: part.text.join(''),
      reasoning: part.reasoning.join(''),
    })),
    promptScores,
    // generate() ends with an `end` event or throws.
    usage: usage!,
  };
}
