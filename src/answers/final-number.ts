/** Where an answer in words says its number: behind GSM8K's mark, or as the last number of all. */

const MARK = '####';

/** No sign: the minus of "5-3", "x-3", "COVID-19". */
const SIGN = String.raw`(?<![\p{L}\p{N})\]}])[-−]`;
const CURRENCY = String.raw`(?:\\?[$£€])`;
/** In groups of three, as LaTeX writes them too, or without any; of digits, or a part alone. */
const DIGITS = String.raw`(?:\d{1,3}(?:(?:,|\{,\})\d{3}(?!\d))+|\d+)(?:\.\d+)?`;
const EXPONENT = String.raw`(?:[eE][-+]?\d+)?`;
const FRACTION = String.raw`\\[dt]?frac\s*\{\s*(?<over>-?\d+)\s*\}\s*\{\s*(?<under>\d+)\s*\}`;
const PLAIN = String.raw`(?<plain>(?:${DIGITS}|(?<!\d)\.\d+)${EXPONENT}(?:\/\d+)?)`;

/** Each alternative begins with what it can't do without, so that a search is linear in the text. */
const NUMBER = new RegExp(
  `(?:(?<sign>${SIGN})${CURRENCY}?|${CURRENCY}(?<inner>[-−])?)?(?:${FRACTION}|${PLAIN})`,
  'gu',
);

/**
 * The last number of a text, with "-" before it if it has a minus, and without currency and what
 * follows ("-1,234.5", "1/2", "3/4" for `\frac{3}{4}`); undefined where there is none. A minus
 * that follows a letter, a digit or a bracket is an operator. Takes time linear in the text's length.
 */
export function lastNumber(text: string): string | undefined {
  let last: RegExpMatchArray | undefined;
  for (const match of text.matchAll(NUMBER)) last = match;
  const groups = last?.groups;
  if (groups === undefined) return undefined;
  const { sign, inner, over, under, plain } = groups;
  const number = plain ?? `${over ?? ''}/${under ?? ''}`;
  return sign === undefined && inner === undefined ? number : `-${number}`;
}

/**
 * What stands behind the last `####` on its line, without whitespace around it; undefined where
 * there is no mark, or nothing behind it.
 */
export function markedAnswer(text: string): string | undefined {
  const mark = text.lastIndexOf(MARK);
  if (mark < 0) return undefined;
  const start = mark + MARK.length;
  const end = text.indexOf('\n', start);
  const answer = text.slice(start, end < 0 ? undefined : end).trim();
  return answer === '' ? undefined : answer;
}
