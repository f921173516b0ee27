import { readFileSync } from 'node:fs';
import t from 'tap';
import { ownAnswer, variablesOf } from '../../jinja-oracle/own-engine.js';
import { CONTEXT_JSON } from '../../jinja-oracle/values.js';
import { GOLDEN } from '../../support/reference.js';

t.test('fuzzed templates render as in transformers, or raise as there', (t) => {
  const cases = JSON.parse(
    readFileSync(new URL('generated/jinja-corpus.json', GOLDEN), 'utf8'),
  ) as [template: string, text: string | null][];
  t.ok(cases.length >= 4000);
  const variables = variablesOf(CONTEXT_JSON);
  const wrong = cases.flatMap(([template, expected]) => {
    const own = ownAnswer(template, variables);
    const text = 'text' in own ? own.text : null;
    return text === expected ? [] : [{ template, expected, own }];
  });
  t.same(wrong, []);
  t.end();
});
