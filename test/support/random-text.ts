/** Texts in which all that pre-tokenizers, normalizers and added tokens look at meets at random. */

const WORDS = [
  ...['the', 'Hello', 'world', 'WORLD', 'iPhone', 'naïve', 'Straße', 'ΑΣ', 'İstanbul', 'ǅungla'],
  ...["'s", "'S", "'T", "'re", "'vE", "'ll", "'LL", "'d", "'m", "'\u017f", '’s', "'"],
  ...[
    '漢字',
    '日本語',
    'ひらがな',
    'カナ',
    '한국어',
    '\u1112\u1161\u11ab',
    'हिन्दी',
    'עברית',
    'ไทย',
  ],
  ...['🙂', '👩‍👩‍👧', '🇩🇪', '☃️', '\u200d', '\ufe0f', '\ufeff', '\ufffd', '\u0000', '\u007f'],
  ...['e\u0301', 'a\u0323\u0307', '\u0301', '\u0345', '\u212b', '\ufb01', '\uff21', 'ﷺ', '①', '²'],
  ...['1', '42', '2024', '٣', '२', 'Ⅷ', '½', '𝟘', '3.14', '1,000'],
  ...[
    '.',
    ',',
    '!?',
    '...',
    '--',
    '=>',
    '!=',
    '/*',
    '*/',
    '//',
    '"',
    '(',
    ')',
    '[',
    '_',
    '$',
    '+',
    '|',
  ],
  ...['ſt', 'K', '\u{1d400}', '\u{10ffff}', '\ufdd0', '\ue000', '\u{e0001}', '\u0378'],
];
const SPACES = [
  ...[' ', '  ', '   ', '\n', '\n\n', '\r\n', '\r', '\t', '\v', '\f', '\u0085', '\u00a0', '\u1680'],
  ...['\u2003', '\u2028', '\u2029', '\u202f', '\u3000', '\u200b', '\u180e', ' \n', '\n ', ' \n \n'],
];
const RUNS = [
  'a',
  'A',
  '1',
  ' ',
  '\n',
  '!',
  'é',
  '漢',
  '🙂',
  '\u0301',
  'ab',
  '\r\n',
  ' \n',
  '٣',
  "'s",
];

/** `strings`: added tokens; whole, cut, or with other text stuck to them. */
export function randomText(random: () => number, strings: readonly string[]): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let text = '';
  for (let parts = 1 + Math.floor(random() ** 2 * 24); parts > 0; parts--) {
    const kind = random();
    if (kind < 0.4) text += pick(WORDS);
    else if (kind < 0.65) text += pick(SPACES);
    else if (kind < 0.75) text += pick(RUNS).repeat(1 + Math.floor(random() ** 4 * 70));
    else if (kind < 0.85) text += randomCharacter(random);
    else if (kind < 0.92 || strings.length === 0) text += pick(WORDS) + pick(WORDS);
    else if (kind < 0.97) text += pick(strings);
    else text += pick(strings).slice(Math.floor(random() * 3), 1 + Math.floor(random() * 12));
  }
  return text;
}

/** A code point of any plane; many of the first two, where most scripts are. */
function randomCharacter(random: () => number): string {
  const kind = random();
  const most = kind < 0.3 ? 0x3000 : kind < 0.6 ? 0x10000 : kind < 0.9 ? 0x20000 : 0x110000;
  const code = Math.floor(random() * most);
  // A lone surrogate has no UTF-8: the library is given U+FFFD, as Kinglet takes it.
  return String.fromCodePoint(code);
}
