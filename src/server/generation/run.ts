import type { EngineEvent, GenerationRequest } from '../../engine/types.js';
import { KingletError } from '../../errors.js';
import { clientGone, engineFailed } from '../../errors/availability.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import type { RequestRecord } from './record.js';

/** What a generation yields; an error event is thrown instead. */
export type GenerationEvent = Exclude<EngineEvent, { type: 'error' }>;

/**
 * Hands a request to the engine and measures it. What the engine refuses (`queue_full` …) is thrown
 * at once, before anything is answered; what fails later is thrown by the iterator. An aborted
 * signal ends the iterator with `cancelled`.
 */
export function generate(
  context: ServerContext,
  model: ServedModel,
  request: GenerationRequest,
  record: RequestRecord,
  signal: AbortSignal,
): AsyncIterable<GenerationEvent> {
  const events = model.engine.submit(request, signal);
  record.submitted(request.promptIds.length);
  return measured(context, events, record, signal);
}

async function* measured(
  context: ServerContext,
  events: AsyncIterable<EngineEvent>,
  record: RequestRecord,
  signal: AbortSignal,
): AsyncGenerator<GenerationEvent> {
  const { metrics } = context;
  const lastToken = new Map<number, number>();
  let seenTokens = false;
  for await (const event of events) {
    switch (event.type) {
      case 'started':
        record.started(event.cachedTokens);
        break;
      case 'promptScores':
        break;
      case 'error':
        throw new KingletError(event.code, event.message);
      case 'delta': {
        const { choice, tokenIds, finish } = event.delta;
        if (tokenIds.length > 0) {
          record.generated(tokenIds.length);
          if (!seenTokens) metrics.firstToken(record.secondsSoFar);
          seenTokens = true;
          const now = performance.now();
          const before = lastToken.get(choice);
          if (before !== undefined) metrics.interToken((now - before) / 1000, tokenIds.length);
          lastToken.set(choice, now);
        }
        if (finish !== null) {
          record.finish(finish.reason);
          metrics.finished(finish.reason);
        }
        break;
      }
      case 'end':
        metrics.ended(event.timings, record.secondsSoFar);
        break;
    }
    yield event;
    if (event.type === 'end') return;
  }
  if (signal.aborted) throw clientGone();
  throw engineFailed('The engine ended a request without an answer.');
}
