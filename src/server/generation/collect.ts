import type { ChoiceDelta, FinishReason, RequestUsage, TokenLogprob } from '../../engine/types.js';
import { engineFailed } from '../../errors/availability.js';
import type { GenerationEvent } from './measured-events.js';

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
  for await (const event of events) {
    if (event.type === 'delta') {
      const { choice, text, reasoning, tokenIds, logprobs, finish } = event.delta;
      const part = parts[choice];
      if (part === undefined) throw engineFailed(`The engine answered choice ${choice} of ${n}.`);
      part.text.push(text);
      part.reasoning.push(reasoning);
      part.tokenIds.push(...tokenIds);
      part.logprobs.push(...logprobs);
      if (finish !== null) part.finish = finish.reason;
    } else if (event.type === 'promptScores') {
      promptScores = event.scores;
    } else if (event.type === 'end') {
      return { choices: parts.map(joined), promptScores, usage: event.usage };
    }
  }
  // generate() ends with an `end` event or throws.
  throw engineFailed();
}

function joined(parts: Parts): CollectedChoice {
  return { ...parts, text: parts.text.join(''), reasoning: parts.reasoning.join('') };
}
