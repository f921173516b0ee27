/** The ids that end an answer, checked. */
import { malformed } from '../errors/model-file.js';

/** Real checkpoints name up to five; each is compared with every token. */
export const MAX_END_IDS = 1024;

/**
 * Sorted, each once. Without any, answers end at their limit or a stop string alone, which
 * `warnings` says. Throws `file_malformed` for more than can be meant.
 */
export function checkedEndIds(
  file: string,
  ids: Iterable<number>,
  warnings: string[],
): readonly number[] {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  if (sorted.length > MAX_END_IDS) {
    throw malformed(
      file,
      `names ${sorted.length} tokens that end an answer: at most ${MAX_END_IDS} are possible`,
    );
  }
  if (sorted.length === 0) {
    warnings.push(`${file}: no token ends an answer: only max_tokens and stop strings do`);
  }
  return sorted;
}
