/**
 * Writes src/tokenizer/unicode/tables.ts: asks Hugging Face's library about every code point.
 *
 *     node dist/test/golden/generate/unicode-tables.js > src/tokenizer/unicode/tables.ts
 */
import { BREAK, CODE_POINTS, libraryClass, libraryNormalizer } from '../../support/oracle.js';

const CATEGORIES = [
  ...['Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No'],
  ...['Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po', 'Sm', 'Sc', 'Sk', 'So', 'Zs', 'Zl', 'Zp'],
  ...['Cc', 'Cf', 'Co'],
];

type Test = (code: number) => boolean;

/** Lengths of the runs outside and inside of a set, in turn, in base 36. */
function runs(inside: Test): string[] {
  const out: string[] = [];
  let start = 0;
  let state = false;
  for (let code = 0; code < CODE_POINTS; code++) {
    if (inside(code) === state) continue;
    out.push((code - start).toString(36));
    start = code;
    state = !state;
  }
  if (state) out.push((CODE_POINTS - start).toString(36));
  return out;
}

/** A run of one value as `value.length`; the first value is that of U+0000. */
function valueRuns(valueOf: (code: number) => string): string[] {
  const out: string[] = [];
  let start = 0;
  for (let code = 1; code <= CODE_POINTS; code++) {
    if (code < CODE_POINTS && valueOf(code) === valueOf(start)) continue;
    out.push(`${valueOf(start)}.${(code - start).toString(36)}`);
    start = code;
  }
  return out;
}

function table(name: string, comment: string, words: readonly string[]): string {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line.length + word.length > 97) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  lines.push(line);
  return `\n/** ${comment} */\nexport const ${name} = \`\n${lines.join('\n')}\n\`;\n`;
}

const member = (set: Uint8Array): Test => (code) => set[code] === 1;
const isSurrogate: Test = (code) => code >= 0xd800 && code < 0xe000;
const text = (code: number): string => String.fromCodePoint(code);

function categories(): string[] {
  const of = new Array<string>(CODE_POINTS).fill('Cn');
  for (const category of CATEGORIES) {
    const set = libraryClass({ regex: `\\p{${category}}` });
    for (let code = 0; code < CODE_POINTS; code++) if (set[code] === 1) of[code] = category;
  }
  return valueRuns((code) => (isSurrogate(code) ? 'Cs' : of[code]!));
}

function changedBy(type: string): Test {
  const normalize = libraryNormalizer({ type });
  return (code) => !isSurrogate(code) && normalize(text(code)) !== text(code);
}

/**
 * Canonical combining classes, as ranks: equal and in order as the classes are. Found from how two
 * marks in a row are ordered.
 */
function combiningRanks(): string[] {
  const nfd = libraryNormalizer({ type: 'NFD' });
  const swaps = (a: number, b: number): boolean => nfd(text(a) + text(b)) === text(b) + text(a);
  const changed = changedBy('NFD');
  const LOWEST = 0x334;
  const HIGHEST = 0x345;
  const marks: number[] = [];
  for (let code = 0x300; code < CODE_POINTS; code++) {
    if (isSurrogate(code) || changed(code)) continue;
    if (code === LOWEST || code === HIGHEST) marks.push(code);
    else if (swaps(code, LOWEST) || swaps(HIGHEST, code)) marks.push(code);
  }
  const groups: [number, ...number[]][] = [];
  for (const mark of marks) {
    const group = groups.find(([one]) => one === mark || (!swaps(one, mark) && !swaps(mark, one)));
    if (group === undefined) groups.push([mark]);
    else group.push(mark);
  }
  groups.sort(([a], [b]) => (swaps(b, a) ? -1 : 1));
  const rank = new Map(groups.flatMap((group, i) => group.map((mark) => [mark, i + 1] as const)));
  return valueRuns((code) => (rank.get(code) ?? 0).toString(36));
}

/** `first.count.step.distance`: lowercase letters at a distance from their capitals. */
function lowercase(): string[] {
  const lower = libraryNormalizer({ type: 'Lowercase' });
  const distance = (code: number): number => {
    if (isSurrogate(code)) return 0;
    const mapped = [...lower(text(code))];
    return mapped.length === 1 ? mapped[0]!.codePointAt(0)! - code : 0;
  };
  const out: string[] = [];
  const taken = new Set<number>();
  for (let code = 0; code < CODE_POINTS; code++) {
    const by = distance(code);
    if (by === 0 || taken.has(code)) continue;
    const step = distance(code + 1) === by ? 1 : 2;
    let count = 1;
    while (distance(code + count * step) === by && !taken.has(code + count * step)) {
      taken.add(code + count * step);
      count++;
    }
    out.push([code, count, step, by].map((number) => number.toString(36)).join('.'));
  }
  return out;
}

process.stdout.write(
  `/**
 * What Hugging Face's library, version 0.23.2, makes of every code point. Its parts are of different
 * versions of Unicode, and so are the versions of Node.js: the same text must give the same ids
 * everywhere. test/golden/generate/unicode-tables.ts wrote this file; do not edit it.
 */
${table('GENERAL_CATEGORIES', 'Runs of one general category, for patterns (Oniguruma).', categories())}${table(
    'PATTERN_WORD',
    "Runs outside and inside, in turn, of a pattern's \\w.",
    runs(member(libraryClass({ regex: String.raw`\w` }))),
  )}${table(
    'NUMERIC',
    'What the pre-tokenizer Digits takes for one.',
    runs(member(libraryClass({ type: 'Digits', individual_digits: true }))),
  )}${table(
    'PUNCTUATION',
    'What the pre-tokenizer Punctuation takes for such.',
    runs(member(libraryClass({ type: 'Punctuation', behavior: 'Isolated' }))),
  )}${table(
    'WORD',
    'What makes a word beside an added token, and in the pre-tokenizer Whitespace.',
    runs(member(libraryClass(BREAK))),
  )}${table('MARKS', 'What StripAccents removes.', runs(changedBy("StripAccents")))}${table(
    'CANONICAL',
    'Code points with a canonical decomposition.',
    runs(changedBy('NFD')),
  )}${table('COMPATIBLE', 'Code points with a compatibility decomposition.', runs(changedBy('NFKD')))}${table(
    'COMBINING',
    'Runs of one rank of canonical combining classes: 0 none, else in the order of the classes.',
    combiningRanks(),
  )}${table('LOWERCASE', 'Runs of capitals: first, count, step and distance to their lowercase.', lowercase())}`,
);
