import type {
  ChoiceDelta,
  FinishReason,
  RequestUsage,
  ThoughtEnd,
  TokenLogprob,
} from '../../engine/types.js';
import { engineFailed } from '../../errors/availability.js';
import type { VotedEvent, VoteResult } from '../voting/voted-events.js';

/** A choice when it has ended. */
export interface CollectedChoice {
  readonly text: string;
  readonly reasoning: string;
  readonly tokenIds: readonly number[];
  readonly logprobs: readonly ChoiceDelta['logprobs'][number][];
  readonly finish: FinishReason;
  /** It was stuck. */
  readonly repetition: boolean;
  /** How its thought ended; null: it had none. */
  readonly thoughtEnd: ThoughtEnd | null;
}

export interface Collected {
  readonly choices: readonly CollectedChoice[];
  /** Of prompt tokens 1, 2, …; null where they were not asked for. */
  readonly promptScores: readonly TokenLogprob[] | null;
  readonly usage: RequestUsage;
  /** null: there was none. */
  readonly vote: VoteResult | null;
}

/** A choice while it grows. */
interface Parts {
  readonly text: string[];
  readonly reasoning: string[];
  readonly tokenIds: number[];
  readonly logprobs: ChoiceDelta['logprobs'][number][];
  finish: FinishReason;
  repetition: boolean;
  thoughtEnd: ThoughtEnd | null;
}

/** Takes a generation to its end: n choices, each the sum of its deltas. */
export async function collect(events: AsyncIterable<VotedEvent>, n: number): Promise<Collected> {
  const parts = Array.from({ length: n }, (): Parts => ({
    text: [],
    reasoning: [],
    tokenIds: [],
    logprobs: [],
    finish: 'length',
    repetition: false,
    thoughtEnd: null,
  }));
  let promptScores: readonly TokenLogprob[] | null = null;
  let vote: VoteResult | null = null;
  for await (const event of events) {
    if (event.type === 'delta') {
      const { choice } = event.delta;
      const part = parts[choice];
      if (part === undefined) throw engineFailed(`The engine answered choice ${choice} of ${n}.`);
      add(part, event.delta);
    } else if (event.type === 'promptScores') {
      promptScores = event.scores;
    } else if (event.type === 'vote') {
      vote = event.vote;
    } else if (event.type === 'end') {
      return { choices: parts.map(joined), promptScores, usage: event.usage, vote };
    }
  }
  // generate() ends with an `end` event or throws.
  throw engineFailed();
}

function add(part: Parts, delta: ChoiceDelta): void {
  const { text, reasoning, tokenIds, logprobs, thoughtEnd, finish } = delta;
  part.text.push(text);
  part.reasoning.push(reasoning);
  part.tokenIds.push(...tokenIds);
  part.logprobs.push(...logprobs);
  if (thoughtEnd !== null) part.thoughtEnd = thoughtEnd.by;
  if (finish === null) return;
  part.finish = finish.reason;
  part.repetition = finish.repetition;
}

function joined(parts: Parts): CollectedChoice {
  return { ...parts, text: parts.text.join(''), reasoning: parts.reasoning.join('') };
}
