/** The texts on which distributions are compared. */
import { readFileSync } from 'node:fs';
import { openModel } from '../../src/model/open-model.js';
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import { encodeText } from '../../test/support/encode.js';
import { REFERENCE, REPOSITORY } from '../../test/support/reference.js';
import type { Passages } from './engines.js';

interface Chat {
  readonly prompt: string;
  readonly greedy_text: string;
}

/** Chats with a model's answers, prose, a licence and C++. */
function texts(): string[] {
  const read = (path: string): string => readFileSync(new URL(path, REPOSITORY), 'utf8');
  const chats = JSON.parse(
    readFileSync(new URL('smollm2-135m/chats.json', REFERENCE), 'utf8'),
  ) as Chat[];
  return [
    chats.map(({ prompt, greedy_text: answer }) => `${prompt}${answer}\n`).join(''),
    ...['docs/architecture.md', 'LICENSE', 'native/quant/k_quants.cpp'].map(read),
  ];
}

/** The first `tokens` tokens of each text, with the model's BOS where it wants one. */
export async function passagesFor(file: string, tokens: number): Promise<Passages> {
  const tokenizer = await loadTokenizer((await openModel(file)).readTokenizer());
  const { addBos, bosId } = tokenizer;
  const begin = addBos && bosId !== null ? [bosId] : [];
  return texts().map((text) => {
    const ids = [...begin, ...encodeText(tokenizer, text, 'parse')];
    return Int32Array.from(ids.slice(0, tokens));
  });
}
