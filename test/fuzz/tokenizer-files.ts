/**
 * Mutated tokenizer files: each is refused with a code of the table, or works on hard texts within a
 * time, and gives the ids of Hugging Face's library where a process of its own survives it.
 *
 *     node dist/test/fuzz/tokenizer-files.js [files] [seed]
 */
import { KingletError } from '../../src/errors.js';
import { createEncoder } from '../../src/tokenizer/encoder.js';
import { buildEncodingTables } from '../../src/tokenizer/encoding-tables.js';
import { readTokenizerJson } from '../../src/tokenizer/tokenizer-json.js';
import { mutated } from '../support/mutate-json.js';
import { randomSource } from '../support/random.js';
import { randomText } from '../support/random-text.js';
import { smallFamilies, tinyDocument, type Json } from '../support/tokenizer-families.js';

/** Milliseconds that reading a file and encoding its texts may take. */
const LIMIT = 5000;

const wanted = Number(process.argv[2] ?? 100_000);
const random = randomSource(Number(process.argv[3] ?? 1));
const tiny = tinyDocument();
// What is mutated should be the rules, and not the thousands of tokens.
const bases: Json[] = [...smallFamilies(0)].map(({ document }) => ({
  ...tiny,
  normalizer: document.normalizer ?? { type: 'NFC' },
  pre_tokenizer: document.pre_tokenizer,
}));
const startedAt = performance.now();
const refused = new Map<string, number>();
let works = 0;
let slowest = 0;
for (let file = 0; file < wanted; file++) {
  const text = mutated(JSON.stringify(bases[file % bases.length]), random);
  const begun = performance.now();
  try {
    const document: unknown = JSON.parse(text);
    const { tables } = await buildEncodingTables(readTokenizerJson(document));
    const encoder = createEncoder(tables);
    for (let i = 0; i < 3; i++) {
      encoder.encode(randomText(random, ['<|eot_id|>']), { special: 'parse', maxTokens: 500 });
    }
    works++;
  } catch (error) {
    if (!(error instanceof KingletError)) {
      console.log(text);
      throw error;
    }
    refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
  }
  slowest = Math.max(slowest, performance.now() - begun);
  if (slowest > LIMIT) {
    console.log(text);
    throw new Error(`took ${slowest} ms`);
  }
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${wanted} files: ${works} work, refused ${JSON.stringify(Object.fromEntries(refused))}, ` +
    `the slowest took ${slowest.toFixed(0)} ms, ${seconds.toFixed(0)} s`,
);
