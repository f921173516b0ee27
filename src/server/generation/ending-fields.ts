import type { ThoughtEnd } from '../../engine/types.js';

/** vLLM's word for an answer that was stuck. */
const STUCK = 'repetition_detected';

/** What a choice says of its end beside OpenAI's fields. */
export function endingFields(repetition: boolean, thoughtEnd: ThoughtEnd | null) {
  return {
    ...(repetition && { stop_reason: STUCK }),
    ...(thoughtEnd !== null && { reasoning_end: thoughtEnd }),
  };
}
