import { Fields } from '../fields.js';
import type { Target } from './target.js';

/** The answer to a request, to be read by its members: `invalid_value` where one isn't as it must be. */
export async function answerFields(target: Target, path: string, body: object): Promise<Fields> {
  return new Fields(await target.post(path, body), `the answer of ${path}`, 'invalid_value');
}
