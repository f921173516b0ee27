/** What docs/ and the README say of limits is what the constants of src/ hold. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { MAX_SAMPLES } from '../../src/engine/options.js';
import { longName, SERVE_FLAGS } from '../../src/config.js';
import { REPOSITORY } from '../support/reference.js';

const read = (place: string): string => readFileSync(new URL(place, REPOSITORY), 'utf8');

/** A limit as a document words it, each `#` a number, and where src/ holds those numbers. */
interface Limit {
  readonly says: string;
  readonly held: readonly (readonly [file: string, constant: string, unit?: number])[];
}

const SECOND = 1000;
const KIB = 2 ** 10;
const MIB = 2 ** 20;

const LIMITS: Readonly<Record<string, readonly Limit[]>> = {
  'README.md': [
    {
      says: '`/v1/completions` makes # tokens',
      held: [['routes/completions', 'DEFAULT_MAX_TOKENS']],
    },
  ],
  'docs/errors.md': [
    {
      says: 'nested more than # deep, there are more than # of them, or one has more than # members',
      held: [
        ['json/scan', 'MAX_DEPTH'],
        ['json/scan', 'MAX_CONTAINERS'],
        ['json/scan', 'MAX_MEMBERS'],
      ],
    },
    {
      says: '`^[A-Za-z0-9_.-]{1,#}$`',
      held: [['responses/lanes', 'MAX_NAME_CHARACTERS']],
    },
    {
      says: 'has been open for # minutes',
      held: [['responses/connection', 'MAX_AGE_MS', 60 * SECOND]],
    },
  ],
  'docs/api.md': [
    {
      says: '`/v1/completions` makes # tokens',
      held: [['routes/completions', 'DEFAULT_MAX_TOKENS']],
    },
    { says: 'of at most # characters', held: [['schemas/fields', 'MODEL_NAME_CHARACTERS']] },
    { says: 'more than # together are refused', held: [['../model/end-ids', 'MAX_END_IDS']] },
    { says: '(n up to #)', held: [['../model/huggingface/token-rules', 'MAX_NGRAM']] },
    { says: 'nesting deeper than # levels', held: [['../chat/check-chat', 'MAX_DEPTH']] },
    {
      says: 'At most # objects and lists inside each other, # of them, and # members of one object',
      held: [
        ['json/scan', 'MAX_DEPTH'],
        ['json/scan', 'MAX_CONTAINERS'],
        ['json/scan', 'MAX_MEMBERS'],
      ],
    },
    { says: 'at most # tools', held: [['schemas/tools', 'MAX_TOOLS']] },
    {
      says: 'a description has at most # KiB, parameters # KiB of JSON, all tools together # KiB',
      held: [
        ['generation/tool-request', 'MAX_DESCRIPTION_BYTES', KIB],
        ['generation/tool-request', 'MAX_PARAMETERS_BYTES', KIB],
        ['generation/tool-request', 'MAX_TOOLS_BYTES', KIB],
      ],
    },
    {
      says: 'at most # calls, with ids and names of up to # characters',
      held: [
        ['schemas/messages', 'MAX_CALLS'],
        ['schemas/fields', 'LABEL_CHARACTERS'],
      ],
    },
    { says: 'to its end (up to # MiB)', held: [['plugins/errors', 'DISCARDED_BYTES', MIB]] },
    { says: 'requests up to # KiB', held: [['pending-bytes', 'SMALL_BYTES', KIB]] },
    { says: 'prompts up to # KiB', held: [['../prompts/prompt-threads', 'SHORT_BYTES', KIB]] },
    { says: 'counts # bytes beside', held: [['../prompts/prompt-threads', 'MESSAGE_BYTES']] },
    {
      says: 'On one websocket # requests of # MiB together',
      held: [
        ['responses/lanes', 'MAX_WAITING'],
        ['responses/lanes', 'MAX_WAITING_BYTES', MIB],
      ],
    },
    {
      says: '# s for its first byte, # s for the headers and # s for the whole of a request',
      held: [
        ['listener/connections', 'FIRST_BYTE_MS', SECOND],
        ['listener/create-server', 'HEADERS_ARRIVAL_MS', SECOND],
        ['listener/create-server', 'REQUEST_ARRIVAL_MS', SECOND],
      ],
    },
    {
      says: 'Where all are busy, # more are let in',
      held: [['listener/connections', 'RESERVED_CONNECTIONS']],
    },
  ],
};

/** The value of `const NAME = …`, numbers with * ** and <<. `file` is below src/server. */
function constant(file: string, name: string): number {
  const source = read(`src/server/${file}.ts`);
  const [, text] = new RegExp(`^(?:export )?const ${name} = ([\\d_ *<]+);`, 'm').exec(source) ?? [];
  if (text === undefined) throw new Error(`src/server/${file}.ts has no constant ${name}`);
  const number = (digits: string): number => Number(digits.replaceAll('_', ''));
  const factor = (part: string): number => {
    const [base = '', exponent] = part.split(' ** ');
    return exponent === undefined ? number(base) : number(base) ** number(exponent);
  };
  const [left = '', shift] = text.split(' << ');
  const value = left.split(' * ').reduce((product, part) => product * factor(part), 1);
  return shift === undefined ? value : value * 2 ** number(shift);
}

/** The numbers at the places of `#`, whatever the line breaks; null where the words are not there. */
function numbersIn(document: string, says: string): number[] | null {
  const words = says
    .split('#')
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '\\s+'))
    .join('([\\d,]+)');
  const found = new RegExp(words).exec(document);
  return found === null ? null : found.slice(1).map((text) => Number(text.replaceAll(',', '')));
}

for (const [place, limits] of Object.entries(LIMITS)) {
  t.test(place, async (t) => {
    const document = read(place);
    for (const { says, held } of limits) {
      t.strictSame(
        numbersIn(document, says),
        held.map(([file, name, unit = 1]) => constant(file, name) / unit),
        says,
      );
    }
  });
}

t.test('flags that the documents name are in the table', async (t) => {
  const names = new Set(SERVE_FLAGS.map(({ flags }) => longName(flags)));
  for (const place of ['docs/api.md', 'docs/errors.md']) {
    const named = [...read(place).matchAll(/`(--[a-z-]+)/g)].map(([, name]) => name!);
    t.ok(named.length >= 5, `${place} names flags`);
    for (const name of named) t.ok(names.has(name), `${name} of ${place}`);
  }
});

t.test('the largest n is one for the flag and the engine', async (t) => {
  const flag = SERVE_FLAGS.find(({ key }) => key === 'maxSamples')!;
  t.equal(flag.parse!(String(MAX_SAMPLES), flag.flags), MAX_SAMPLES);
  t.throws(() => flag.parse!(String(MAX_SAMPLES + 1), flag.flags), { code: 'invalid_flag' });
});
