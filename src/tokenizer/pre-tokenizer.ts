/**
 * Reads `pre_tokenizer`: what cuts text into words before byte-pair merging. An allow-list, each
 * entry with its parameters, as in Hugging Face's library; everything ends with ByteLevel.
 */
import * as modelFile from '../errors/model-file.js';
import {
  array,
  flag,
  malformed,
  MAX_NESTING,
  nestedTooDeep,
  object,
  tooManySteps,
  typeOf,
  unsupported,
} from './document.js';
import {
  literalPattern,
  parsePattern,
  PatternError,
  setOf,
  type PatternNode,
} from './pattern/parse-pattern.js';
import { compilePattern, type PatternProgram } from './pattern/program.js';
import { complement, union } from './unicode/code-point-set.js';
import { numeric, punctuation, WHITE_SPACE, wordsOfAddedTokens } from './unicode/properties.js';

const BEHAVIORS = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
/** What becomes of the matches. */
type Behavior = (typeof BEHAVIORS)[number];

/** One cut: plain data. */
export interface CutTables {
  readonly program: PatternProgram;
  readonly behavior: Behavior;
  /** The text between matches is what `behavior` is about. */
  readonly invert: boolean;
}

export interface PreTokenizerTables {
  readonly cuts: readonly CutTables[];
  /** ByteLevel puts a space before each piece that begins with none; then `last` cuts. */
  readonly prefixSpace: boolean;
  readonly last: CutTables | null;
}

/** GPT-2's pattern, which ByteLevel brings along. */
const BYTE_LEVEL = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const NAMES = 'Sequence, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, ByteLevel';
const MAX_CUTS = 32;

/** Throws `file_malformed` or `unsupported_model`. */
export function readPreTokenizer(config: unknown): PreTokenizerTables {
  const steps: { step: unknown; key: string }[] = [];
  flatten(config ?? null, 'pre_tokenizer', 0, steps);
  const final = steps.pop();
  if (final === undefined || typeOf(final.step) !== 'ByteLevel') {
    throw unsupported(
      final?.key ?? 'pre_tokenizer',
      typeOf(final?.step),
      'pre-tokenizers whose last step is ByteLevel',
    );
  }
  const byteLevel = object(final.step, final.key);
  return {
    cuts: steps.map(({ step, key }) => readCut(step, key)),
    prefixSpace: flag(byteLevel, 'add_prefix_space', final.key),
    last: flag(byteLevel, 'use_regex', final.key, true)
      ? cut(parsePattern(BYTE_LEVEL), 'Isolated', false)
      : null,
  };
}

/** Whether text may be lost between words. */
export function removesText(tables: PreTokenizerTables): boolean {
  return tables.cuts.some(({ behavior }) => behavior === 'Removed');
}

function flatten(
  step: unknown,
  key: string,
  depth: number,
  out: { step: unknown; key: string }[],
): void {
  if (typeOf(step) !== 'Sequence') {
    if (out.length > MAX_CUTS) throw tooManySteps(key, MAX_CUTS);
    out.push({ step, key });
    return;
  }
  if (depth === MAX_NESTING) throw nestedTooDeep(key);
  array(object(step, key)['pretokenizers'], `${key}.pretokenizers`).forEach((inner, i) =>
    flatten(inner, `${key}.pretokenizers[${i}]`, depth + 1, out),
  );
}

function cut(pattern: PatternNode, behavior: Behavior, invert: boolean): CutTables {
  return { program: compilePattern(pattern), behavior, invert };
}

function readCut(value: unknown, key: string): CutTables {
  const type = typeOf(value);
  const step = object(value, key);
  switch (type) {
    case 'Split':
      return tellsKey(`${key}.pattern`, () =>
        cut(
          splitPattern(step['pattern'], `${key}.pattern`),
          behaviorOf(step['behavior'], `${key}.behavior`),
          flag(step, 'invert', key, false),
        ),
      );
    case 'Digits': {
      const alone = flag(step, 'individual_digits', key);
      return cut(setOf(numeric()), alone ? 'Isolated' : 'Contiguous', false);
    }
    case 'Punctuation':
      return cut(
        setOf(punctuation()),
        behaviorOf(step['behavior'] ?? 'Isolated', `${key}.behavior`),
        false,
      );
    case 'WhitespaceSplit':
      return cut(setOf(WHITE_SPACE), 'Removed', false);
    case 'Whitespace':
      return cut(wordsOrSymbols(), 'Removed', true);
    case 'ByteLevel':
      throw unsupported(key, type, 'ByteLevel as the last step');
    default:
      throw unsupported(`${key}.type`, type, NAMES);
  }
}

/** Runs of word characters, and runs of what is neither such nor whitespace. */
function wordsOrSymbols(): PatternNode {
  const word = wordsOfAddedTokens();
  return {
    kind: 'choice',
    parts: [word, complement(union(word, WHITE_SPACE))].map((set) => ({
      kind: 'repeat',
      node: setOf(set),
      least: 1,
      most: Infinity,
      lazy: false,
    })),
  };
}

function splitPattern(value: unknown, key: string): PatternNode {
  const { Regex: regex, String: literal } = object(value, key);
  if (typeof regex === 'string' && literal === undefined) return parsePattern(regex);
  if (typeof literal !== 'string' || literal === '' || regex !== undefined) {
    throw malformed(key, 'expected a Regex or a String that is not empty');
  }
  return literalPattern(literal);
}

function tellsKey<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw modelFile.unsupported('tokenizer.json', `${key} ${error.message}`);
  }
}

function behaviorOf(value: unknown, key: string): Behavior {
  const behavior = BEHAVIORS.find((one) => one === value);
  if (behavior === undefined) throw malformed(key, `expected one of ${BEHAVIORS.join(', ')}`);
  return behavior;
}
