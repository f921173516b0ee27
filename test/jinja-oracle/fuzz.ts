/**
 * Compares the template engine with jinja2 in transformers' environment on random templates:
 *
 *   node dist/test/jinja-oracle/fuzz.js PYTHON [CASES] [FIRST_SEED]
 *
 * PYTHON has the packages of requirements.txt. Prints each disagreement and the counts at the end;
 * exits 1 if there was any. A seed always makes the same template.
 */
import { type OracleAnswer, Oracle } from './oracle-process.js';
import { ownAnswer, variablesOf } from './own-engine.js';
import { fuzzedTemplate } from './statements.js';
import { CONTEXT_JSON } from './values.js';

/** Requests on their way to Python at a time. */
const WINDOW = 64;
const SHOWN = 400;

const [python = 'python3', cases = '100000', first = '1'] = process.argv.slice(2);
const counts = { text: 0, raises: 0, addresses: 0, skipped: 0, disagreements: 0 };
const oracle = new Oracle(python);
const variables = variablesOf(CONTEXT_JSON);

/**
 * Objects of Python print their address, which is another one every time; Kinglet's have none, and
 * generators don't name their function.
 */
const ADDRESS = /\b0x[0-9a-f]{4,}/i;

function comparable(text: string): string {
  return text
    .replace(/<generator object \w+ at 0x[0-9a-f]+>/g, '<generator object>')
    .replace(/ at 0x[0-9a-f]+>/g, '>');
}

function compare(seed: number, template: string, expected: OracleAnswer): void {
  let own: OracleAnswer;
  try {
    own = ownAnswer(template, variables);
  } catch (error) {
    own = { text: `(internal) ${(error as Error).stack}` };
  }
  if ('skip' in expected || 'skip' in own) counts.skipped++;
  else if ('error' in expected && 'error' in own) counts.raises++;
  else if (
    'text' in expected &&
    'text' in own &&
    comparable(expected.text) === comparable(own.text)
  ) {
    counts.text++;
  } else if ('text' in expected && 'text' in own && ADDRESS.test(expected.text)) {
    counts.addresses++;
  } else {
    counts.disagreements++;
    const shown = (answer: OracleAnswer): string => JSON.stringify(answer).slice(0, SHOWN);
    console.log(
      `seed ${seed}: ${JSON.stringify(template)}\n  jinja2  ${shown(expected)}\n  kinglet ${shown(own)}`,
    );
  }
}

const waiting: Promise<void>[] = [];
for (let seed = Number(first); seed < Number(first) + Number(cases); seed++) {
  const { template } = fuzzedTemplate(seed);
  waiting.push(
    oracle
      .ask({ template, contextJson: CONTEXT_JSON })
      .then((answer) => compare(seed, template, answer)),
  );
  if (waiting.length >= WINDOW) await waiting.shift();
}
await Promise.all(waiting);
oracle.close();
console.log(
  `${cases} cases from seed ${first}: ${counts.text} the same text, ${counts.raises} raise on both ` +
    `sides, ${counts.addresses} print an address, ${counts.skipped} are beyond a bound, ${counts.disagreements} disagreements`,
);
process.exitCode = counts.disagreements === 0 ? 0 : 1;
