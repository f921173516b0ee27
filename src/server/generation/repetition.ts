import type { RepetitionLimits } from '../../engine/control/repetition-watch.js';
import { invalidValue } from '../../errors/requests.js';
import type { ServeConfig } from '../../config.js';
import type { ThinkingFields } from '../schemas/thinking.js';

/** What decides whether anybody looks, where the request doesn't say it. */
export interface RepetitionScope {
  /** The model thinks. */
  readonly thinks: boolean;
  readonly ignoreEos: boolean;
}

/**
 * When a text counts as stuck; null: never. By default only those of models that think are looked at, and
 * none that is to go on whatever it says. Throws `invalid_value` for a pattern whose least size is more
 * than its largest.
 */
export function repetitionLimits(
  config: ServeConfig,
  asked: ThinkingFields['repetition_detection'],
  { thinks, ignoreEos }: RepetitionScope,
): RepetitionLimits | null {
  if (asked === undefined && (!thinks || ignoreEos)) return null;
  const maxPatternSize = asked?.max_pattern_size ?? config.repetitionMaxPatternSize;
  if (maxPatternSize === 0) return null;
  const minPatternSize = Math.max(1, asked?.min_pattern_size ?? 1);
  if (minPatternSize > maxPatternSize) {
    throw invalidValue(
      'repetition_detection.min_pattern_size',
      `${minPatternSize} is more than the largest pattern, ${maxPatternSize}`,
    );
  }
  return {
    maxPatternSize,
    minPatternSize,
    minCount: asked?.min_count ?? config.repetitionMinCount,
    minTokens: asked?.min_tokens ?? config.repetitionMinTokens,
  };
}
