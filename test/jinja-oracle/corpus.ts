/**
 * Picks the fuzzed templates that the unit tests keep, with what transformers makes of them, and
 * writes ../golden/generated/jinja-corpus.json:
 *
 *   node dist/test/jinja-oracle/corpus.js PYTHON
 *
 * A template is kept if it holds two features together that no template before it did.
 */
import { writeFileSync } from 'node:fs';
import { GOLDEN } from '../support/reference.js';
import { Oracle } from './oracle-process.js';
import { fuzzedTemplate } from './statements.js';
import { CONTEXT_JSON } from './values.js';

const FIRST_SEED = 1_000_000;
const CASES = 4000;
const MAX_TEMPLATE = 300;
const MAX_TEXT = 400;

const oracle = new Oracle(process.argv[2] ?? 'python3');
const seen = new Set<string>();
const rows: string[] = [];
for (let seed = FIRST_SEED; rows.length < CASES; seed++) {
  const { template, labels } = fuzzedTemplate(seed);
  if (template.length > MAX_TEMPLATE || labels.size === 0) continue;
  const names = [...labels];
  const pairs = names.flatMap((a, i) => names.slice(i).map((b) => `${a}+${b}`));
  if (pairs.every((pair) => seen.has(pair))) continue;
  const answer = await oracle.ask({ template, contextJson: CONTEXT_JSON });
  if ('skip' in answer) continue;
  // The text of an object with an address, and what is too long to keep, is no case.
  if ('text' in answer && (/0x[0-9a-f]{6,}/.test(answer.text) || answer.text.length > MAX_TEXT)) {
    continue;
  }
  for (const pair of pairs) seen.add(pair);
  rows.push(JSON.stringify([template, 'text' in answer ? answer.text : null]));
}
oracle.close();
writeFileSync(new URL('generated/jinja-corpus.json', GOLDEN), `[\n${rows.join(',\n')}\n]\n`);
