/**
 * JSON Schema's own tests (test/json-schema-suite): where a schema compiles, no invalid instance is
 * taken, and no valid one is refused, its properties in the schema's order.
 */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { GrammarError } from '../../../src/grammar/grammar-error.js';
import type { NativeGrammar } from '../../../src/native/addon.js';
import { parseSchemaText } from '../../../src/grammar/schema/schema-document.js';
import { accepts, grammarOf } from '../../support/grammar-runner.js';
import { inSchemaOrder } from '../../support/in-schema-order.js';
import { memberOf, readJson, written, type JsonNode } from '../../support/json-node.js';
import { REPOSITORY } from '../../support/reference.js';

const FOLDER = new URL('test/json-schema-suite/', REPOSITORY);

const itemsOf = (node: JsonNode | undefined): readonly JsonNode[] =>
  node?.kind === 'list' ? node.items : [];
const textOf = (node: JsonNode, name: string): string =>
  JSON.parse(written(memberOf(node, name)!)) as string;

function compiled(schema: string): NativeGrammar | GrammarError {
  try {
    return grammarOf({ kind: 'schema', text: schema });
  } catch (error) {
    if (error instanceof GrammarError) return error;
    throw error;
  }
}

/**
 * Schemas of each file that don't compile: no value fits them, or they say what isn't kept
 * (docs/api.md).
 */
const REFUSED: Readonly<Record<string, number>> = {
  'allOf.json': 2,
  'anyOf.json': 1,
  'boolean_schema.json': 1,
  'defs.json': 1,
  'dynamicRef.json': 20,
  'enum.json': 1,
  'multipleOf.json': 1,
  'not.json': 3,
  'oneOf.json': 3,
  'ref.json': 2,
  'refRemote.json': 15,
  'unevaluatedItems.json': 17,
  'unevaluatedProperties.json': 21,
  'uniqueItems.json': 3,
};

/** Where docs/api.md says that another spelling, or more than the standard asks, is kept. */
const KNOWN: readonly (readonly [file: string, description: RegExp])[] = [
  ['type.json', /a float with zero fractional part is an integer/],
  ['vocabulary.json', /no validation: invalid number/],
  ['format.json', /is only an annotation by default/],
  ['format-time.json', /valid leap second, (zero|positive|negative|large)/],
  ['format-date-time.json', /leap second, with minus offset/],
  ['format-hostname.json', /A-label \(punycode\) host names/],
];

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  t.test(file, (t) => {
    let refused = 0;
    for (const group of itemsOf(readJson(readFileSync(new URL(file, FOLDER), 'utf8')))) {
      const schema = written(memberOf(group, 'schema')!);
      const name = `${file}: ${textOf(group, 'description')}`;
      const grammar = compiled(schema);
      if (grammar instanceof GrammarError) {
        refused++;
        continue;
      }
      for (const test of itemsOf(memberOf(group, 'tests'))) {
        const data = memberOf(test, 'data')!;
        const text = written(inSchemaOrder(parseSchemaText(schema), data));
        const valid = written(memberOf(test, 'valid')!) === 'true';
        if (accepts(grammar, text) === valid) continue;
        const what = `${name}, ${textOf(test, 'description')}`;
        if (KNOWN.some(([known, description]) => known === file && description.test(what)))
          continue;
        t.fail(`${what}: ${text.slice(0, 80).replaceAll('#', '~')}`);
      }
      t.pass(name.replaceAll('#', '~'));
    }
    t.equal(refused, REFUSED[file] ?? 0, 'schemas that do not compile');
    t.end();
  });
}
