/** A model that must not open. */
import type { Test } from 'tap';
import { KingletError, type ErrorCode } from '../../../src/errors.js';
import { openModel } from '../../../src/model/open-model.js';
import { loadTokenizer } from '../../../src/tokenizer/load-tokenizer.js';

/** Opens `path` and makes its tokenizer, which fails with this code and a message that the pattern matches. */
export async function refusal(
  t: Test,
  path: string,
  code: ErrorCode,
  pattern: RegExp,
): Promise<void> {
  try {
    await loadTokenizer((await openModel(path)).readTokenizer());
    t.fail(`${path} opened: ${pattern} was expected`);
  } catch (error) {
    if (!(error instanceof KingletError)) throw error;
    t.match(error.message, pattern);
    t.equal(error.code, code, error.message);
  }
}
