import type { ChoiceDelta } from '../../engine/types.js';
import type { GenerationEvent } from '../generation/measured-events.js';
import type { Generation } from '../generation/run.js';
import { VoteCount, type VoteObject } from './vote-count.js';
import type { VotePlan } from './vote-plan.js';

/** A vote at its end. */
export interface VoteResult extends VoteObject {
  /** Samples that nobody needed any more. */
  readonly cancelled: number;
  /** What these would have taken, had they come to be as long as those counted were on average. */
  readonly tokens_saved: number;
}

export type VotedEvent =
  | GenerationEvent
  | { readonly type: 'voteProgress'; readonly vote: VoteObject }
  | { readonly type: 'vote'; readonly vote: VoteResult };

/** What of a sample is kept. */
interface Sample {
  text: string[];
  reasoning: string[];
  logprobs: ChoiceDelta['logprobs'][number][];
  tokenIds: number[];
  thoughtEnd: ChoiceDelta['thoughtEnd'];
  finish: ChoiceDelta['finish'];
}

/**
 * The events of a generation whose choices vote: a `voteProgress` for each sample that is counted, then
 * one choice, the first of the majority's, with all it has in one delta, the `vote`, and the end. Sample
 * k is counted once 0 to k - 1 have ended; when the majority can't change any more, all others are
 * cancelled.
 */
export async function* votedEvents(
  { events, steering }: Generation,
  plan: VotePlan,
): AsyncGenerator<VotedEvent> {
  const samples = Array.from({ length: plan.samples }, emptySample);
  const count = new VoteCount(plan);
  for await (const event of events) {
    if (event.type === 'delta') {
      // Those that were cancelled may still say something.
      if (count.over) continue;
      add(samples[event.delta.choice], event.delta);
      for (let next = samples[count.counted]; hasEnded(next); next = samples[count.counted]) {
        count.add(await plan.read(next.text.join('')));
        yield { type: 'voteProgress', vote: count.object };
        if (count.over) break;
      }
      if (count.over) steering.cancelChoices(unfinished(samples));
    } else if (event.type === 'end') {
      yield { type: 'delta', delta: winnerOf(samples[count.winner] ?? emptySample()) };
      const cancelled = plan.samples - count.counted;
      yield {
        type: 'vote',
        vote: { ...count.object, cancelled, tokens_saved: saved(samples, count.counted) },
      };
      yield event;
    } else {
      yield event;
    }
  }
}

const emptySample = (): Sample => ({
  ...{ text: [], reasoning: [], logprobs: [], tokenIds: [] },
  ...{ thoughtEnd: null, finish: null },
});

function add(sample: Sample | undefined, delta: ChoiceDelta): void {
  if (sample === undefined) return;
  sample.text.push(delta.text);
  sample.reasoning.push(delta.reasoning);
  sample.logprobs.push(...delta.logprobs);
  sample.tokenIds.push(...delta.tokenIds);
  sample.thoughtEnd ??= delta.thoughtEnd;
  sample.finish ??= delta.finish;
}

function hasEnded(sample: Sample | undefined): sample is Sample {
  return sample !== undefined && sample.finish !== null;
}

function unfinished(samples: readonly Sample[]): number[] {
  return samples.flatMap(({ finish }, choice) => (finish === null ? [choice] : []));
}

/** The sample as the one choice that there is. */
function winnerOf(sample: Sample): ChoiceDelta {
  const [text, reasoning] = [sample.text.join(''), sample.reasoning.join('')];
  return { ...sample, choice: 0, text, reasoning };
}

function saved(samples: readonly Sample[], counted: number): number {
  const lengths = samples.map(({ tokenIds }) => tokenIds.length);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const mean = sum(lengths.slice(0, counted)) / counted;
  const rest = lengths.slice(counted);
  return Math.max(0, Math.round(mean * rest.length - sum(rest)));
}
