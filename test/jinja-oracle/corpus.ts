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
const MAX_TEMPLATE = 220;
const MAX_TEXT = 250;

/** The known differences (README.md): they are no cases. */
const KNOWN =
  /\.encode\(|\*\*0\.5|(?:^|[^\w.])(?:0[box])?\d+\[|indent=f|wordwrap\(f|\|slice\(f\)|default=\(none_dict\.items/;
const ADDRESS = /\b0x[0-9a-f]{6,}/i;

const oracle = new Oracle(process.argv[2] ?? 'python3');
const seen = new Set<string>();
const rows: string[] = [];
for (let seed = FIRST_SEED; rows.length < CASES; seed++) {
  const { template, labels } = fuzzedTemplate(seed);
  if (template.length > MAX_TEMPLATE || labels.size === 0 || KNOWN.test(template)) continue;
  const names = [...labels];
  const pairs = names.flatMap((a, i) => names.slice(i).map((b) => `${a}+${b}`));
  if (pairs.every((pair) => seen.has(pair))) continue;
  const answer = await oracle.ask({ template, contextJson: CONTEXT_JSON });
  if ('skip' in answer) continue;
  // The text of an object with an address, and what is too long to keep, is no case.
  if ('text' in answer && (ADDRESS.test(answer.text) || answer.text.length > MAX_TEXT)) {
    continue;
  }
  for (const pair of pairs) seen.add(pair);
  rows.push(JSON.stringify([template, 'text' in answer ? answer.text : null]));
}
oracle.close();
writeFileSync(new URL('generated/jinja-corpus.json', GOLDEN), `[\n${rows.join(',\n')}\n]\n`);
