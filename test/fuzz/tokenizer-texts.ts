/**
 * Random texts under the tokenizers of all families: the same ids as Hugging Face's library, whole
 * and under a bound.
 *
 *     node dist/test/fuzz/tokenizer-texts.js [texts] [seed]
 */
import { Tokenizer as Library } from 'tokenizers';
import { createEncoder } from '../../src/tokenizer/encoder.js';
import { buildEncodingTables } from '../../src/tokenizer/encoding-tables.js';
import { readTokenizerJson } from '../../src/tokenizer/tokenizer-json.js';
import { randomSource } from '../support/random.js';
import { randomText } from '../support/random-text.js';
import {
  flaggedFamily,
  REAL,
  realDocument,
  smallFamilies,
  TINY_CHECKPOINTS,
  tinyDocument,
  type Family,
} from '../support/tokenizer-families.js';

const BATCH = 2000;
/** Tokenizers with added tokens of all kinds. */
const FLAGGED = 27;

const wanted = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);

function* families(): Generator<Family> {
  for (const name of TINY_CHECKPOINTS) yield { name: `tiny ${name}`, document: tinyDocument(name) };
  yield* smallFamilies(5000);
  const random = randomSource(seed);
  for (let i = 0; i < FLAGGED; i++) yield flaggedFamily(i, random);
  for (const name of REAL) yield { name, document: realDocument(name) };
}

const names = [...families()].map(({ name }) => name);
const each = Math.ceil(wanted / names.length);
const startedAt = performance.now();
let compared = 0;
let different = 0;
for (const { name, document } of families()) {
  const random = randomSource(seed);
  const library = Library.fromString(JSON.stringify(document));
  const { tables } = await buildEncodingTables(readTokenizerJson(document));
  const encoder = createEncoder(tables);
  const strings = document.added_tokens.map((token) => token['content'] as string);
  for (let done = 0; done < each; done += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, each - done) }, () =>
      randomText(random, strings),
    );
    const encodings = await library.encodeBatch(texts, { addSpecialTokens: false });
    for (const [i, text] of texts.entries()) {
      const expected = encodings[i]!.getIds();
      const { ids, complete } = encoder.encode(text, { special: 'parse', maxTokens: Infinity });
      const most = Math.floor(random() * (expected.length + 2));
      const part = encoder.encode(text, { special: 'parse', maxTokens: most });
      const same =
        complete &&
        ids.length === expected.length &&
        expected.every((id, at) => ids[at] === id) &&
        part.complete === expected.length <= most &&
        (part.complete ? part.ids.length === ids.length : part.ids.length > most) &&
        part.ids.every((id, at) => ids[at] === id);
      compared++;
      if (same) continue;
      different++;
      console.log(`${name}: ${JSON.stringify(text)}: ${ids.join()} instead of ${expected.join()}`);
      if (different >= 20) process.exit(1);
    }
  }
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${compared} texts under ${names.length} tokenizers, ${different} different, ${seconds.toFixed(0)} s`,
);
process.exit(different === 0 ? 0 : 1);
