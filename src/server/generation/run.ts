import type { GenerationRequest } from '../../engine/types.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import { MeasuredEvents, type GenerationEvent } from './measured-events.js';
import type { RequestRecord } from './record.js';
import { Steering } from './steering.js';

/** A request under way. */
export interface Generation {
  readonly events: AsyncIterable<GenerationEvent>;
  readonly steering: Steering;
}

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
): Generation {
  const run = model.engine.submit(request, signal);
  record.submitted(request.promptIds.length);
  const steering = new Steering(run, request.n, request.reasoning?.open === true);
  const meters = { metrics: context.metrics, record, steering };
  return { events: new MeasuredEvents(run, meters, signal), steering };
}
