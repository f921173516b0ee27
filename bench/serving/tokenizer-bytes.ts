/** What the tokenizer of a model holds in shared memory. */
import { pathToFileURL } from 'node:url';
import type { openModel } from '../../src/model/open-model.js';
import type { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import type { Checkout } from './checkout.js';

/** Bytes of the tables that a checkout makes of a model's vocabulary. */
export async function tokenizerBytes({ folder }: Checkout, model: string): Promise<number> {
  const code = (path: string): Promise<unknown> => import(pathToFileURL(`${folder}/${path}`).href);
  const [opening, loading] = await Promise.all([
    code('dist/src/model/open-model.js') as Promise<{ openModel: typeof openModel }>,
    code('dist/src/tokenizer/load-tokenizer.js') as Promise<{
      loadTokenizer: typeof loadTokenizer;
    }>,
  ]);
  const source = await opening.openModel(model);
  const { encoding, table } = await loading.loadTokenizer(source.readTokenizer());
  return sharedBytes([encoding, table]);
}

/** Bytes of the SharedArrayBuffers that a value's own data refers to, each counted once. */
export function sharedBytes(value: unknown): number {
  const seen = new Set<unknown>();
  const add = (part: unknown): number => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return 0;
    seen.add(part);
    if (part instanceof SharedArrayBuffer) return part.byteLength;
    if (ArrayBuffer.isView(part)) return add(part.buffer);
    return Object.values(part).reduce<number>((sum, each) => sum + add(each), 0);
  };
  return add(value);
}
