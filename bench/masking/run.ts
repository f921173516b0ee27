/**
 * Masks of JSON schemas, by Kinglet and by llguidance, of which each follows the same instances, one
 * after the other on one thread: bench/grammar.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadAddon } from '../../src/native/load-addon.js';
import { createEncoder } from '../../src/tokenizer/encoder.js';
import { buildEncodingTables } from '../../src/tokenizer/encoding-tables.js';
import { readTokenizerJson } from '../../src/tokenizer/tokenizer-json.js';
import { REPOSITORY } from '../../test/support/reference.js';
import { realPath } from '../../test/support/tokenizer-families.js';
import { readCases, type Case } from './cases.js';
import { runCase, type Kinglet } from './kinglet.js';
import { OUTCOMES, timesOf, type CaseResult } from './outcome.js';

/** Cases that are run before the first is counted, so that the code is compiled. */
const WARM_UP = 400;
const MAX_OUTPUT = 2 ** 31 - 1;

interface Tokenizer extends Kinglet {
  readonly file: string;
  readonly end: number;
  encode(text: string): Int32Array;
}

async function openTokenizer(folder: string): Promise<Tokenizer> {
  const file = join(folder, 'tokenizer.json');
  const json = readTokenizerJson(JSON.parse(readFileSync(file, 'utf8')));
  const { tables, vocabulary } = await buildEncodingTables(json);
  const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')) as {
    eos_token: string | { content: string };
  };
  const name = typeof config.eos_token === 'string' ? config.eos_token : config.eos_token.content;
  const end = json.added.find(({ content }) => content === name)?.id ?? vocabulary.idOf(name);
  const { bytes, offsets, special } = vocabulary.table;
  const addon = loadAddon();
  const usable = Uint8Array.from(special, (flag, id) => (flag === 1 || id === end ? 0 : 1));
  const encoder = createEncoder(tables);
  return {
    ...{ file, end, addon, tokens: special.length },
    vocabulary: new addon.GrammarVocabulary({ bytes, offsets, usable, ends: Int32Array.of(end) }),
    encode: (text) =>
      Int32Array.of(
        ...encoder.encode(text, {
          special: 'plain',
          maxTokens: Infinity,
          checkpoint: () => undefined,
        }).ids,
        end,
      ),
  };
}

const listed = (_: string, value: unknown): unknown =>
  value instanceof Int32Array ? [...value] : value;

function runLlguidance(cases: readonly Case[], { file, end }: Tokenizer) {
  const script = fileURLToPath(new URL('bench/masking/peer_masks.py', REPOSITORY));
  const { status, stdout, stderr } = spawnSync('python3', [script, file, String(end)], {
    input: cases.map((one) => JSON.stringify(one, listed)).join('\n'),
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
  });
  if (status !== 0) throw new Error(`llguidance failed: ${stderr.slice(-2000)}`);
  const [version, ...lines] = stdout.trim().split('\n');
  return {
    version: JSON.parse(version!) as string,
    results: lines.map((line) => JSON.parse(line) as CaseResult),
  };
}

/** What a table and the line of `--json` say of an engine. */
function summaryOf(cases: readonly Case[], results: readonly CaseResult[]) {
  const tested = cases.map(({ instances }) => instances.length > 0);
  const count = (outcome: CaseResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const mask = timesOf(results.flatMap(({ maskUs }) => maskUs));
  const warm = timesOf(results.flatMap(({ warmUs }) => warmUs));
  const compile = timesOf(results.map(({ compileUs }) => compileUs));
  return {
    schemas: cases.length,
    passing: count('passing'),
    tested: tested.filter(Boolean).length,
    passingTested: results.filter(({ outcome }, i) => outcome === 'passing' && tested[i]).length,
    compileErrors: count('compile'),
    validationErrors: count('validation'),
    invalidationErrors: count('invalidation'),
    crashes: count('crash'),
    reordered: cases.filter(({ reordered }) => reordered > 0).length,
    maskMeanUs: mask.mean,
    maskP50Us: mask.p50,
    maskP99Us: mask.p99,
    maskWarmMeanUs: warm.mean,
    maskWarmP99Us: warm.p99,
    compileMeanUs: compile.mean,
    compileP50Us: compile.p50,
    compileP99Us: compile.p99,
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tokenizer: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) {
    throw new Error('usage: bench/grammar FILE [--tokenizer FOLDER] [--json]');
  }
  const folder = values.tokenizer ?? fileURLToPath(new URL('.', realPath('llama3_1')));
  const tokenizer = await openTokenizer(folder);
  const cases = readCases(path, (text) => tokenizer.encode(text));
  for (const one of cases.slice(0, WARM_UP)) runCase(tokenizer, one);
  const own = cases.map((one) => runCase(tokenizer, one));
  const peer = runLlguidance(cases, tokenizer);
  const [kinglet, llguidance] = [summaryOf(cases, own), summaryOf(cases, peer.results)];
  console.log(`| | Kinglet | llguidance ${peer.version} |\n| --- | --: | --: |`);
  for (const key of Object.keys(kinglet) as (keyof typeof kinglet)[]) {
    const shown = (value: number): string => value.toFixed(key.endsWith('Us') ? 1 : 0);
    console.log(`| ${key} | ${shown(kinglet[key])} | ${shown(llguidance[key])} |`);
  }
  for (const { name, outcome, why } of own) {
    if (outcome !== 'passing' && outcome !== OUTCOMES[1])
      console.log(`${outcome}: ${name}, ${why}`);
  }
  if (values.json) console.log(JSON.stringify({ ...kinglet, llguidance }));
}

await main();
