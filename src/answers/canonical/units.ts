/** What a number counts or measures, which its value is told without. */
import { isSign, type Node, type Row } from './answer-tree.js';
import { multiply, rational, type Rational } from './rational.js';
import { FUNCTIONS } from './spellings.js';
import { valueOf } from './value-of.js';

/** Words that say more of a number than its unit. */
const NO_UNITS: ReadonlySet<string> = new Set([
  ...FUNCTIONS,
  ...[
    'and',
    'or',
    'to',
    'over',
    'mod',
    'modulo',
    'root',
    'roots',
    'base',
    'remainder',
    'if',
    'for',
  ],
  ...['more', 'less', 'factorial', 'squared', 'cubed', 'am', 'pm', 'pi', 'i', 'e', 'bc', 'ad'],
  ...['choose', 'times', 'plus', 'minus', 'not', 'than', 'th', 'st', 'nd', 'rd'],
]);
/** Units of one or two letters; longer words are units unless they are known not to be. */
const SHORT_UNITS: ReadonlySet<string> = new Set(
  'm g s h l cm mm km kg mg ml dl cl ft in yd mi oz lb hr hz kw kj mw mb gb kb tb sq cu'.split(' '),
);
/** Units that may stand behind a number without a space, where letters otherwise are a product. */
const CLOSE_UNITS: ReadonlySet<string> = new Set([
  ...[...SHORT_UNITS].filter(({ length }) => length > 1),
  ...['mph', 'kph', 'lbs', 'hrs', 'min', 'mins', 'sec', 'secs', 'kwh', 'rpm', 'inches', 'feet'],
  ...['meters', 'miles', 'hours', 'minutes', 'seconds', 'days', 'years', 'dollars', 'cents'],
]);
/** Words that multiply, as powers of ten. */
const SCALES: ReadonlyMap<string, bigint> = new Map([
  ['hundred', 2n],
  ['thousand', 3n],
  ['million', 6n],
  ['billion', 9n],
  ['trillion', 12n],
]);

/** The value of a number with or without units behind it; undefined for any other row. */
export function measuredValue(row: Row): Rational | undefined {
  let from = row.findIndex((node) => mayBeginUnits(node));
  if (from < 0) return valueOf(row);
  let value = valueOf(row.slice(0, from));
  for (let scale = scaleOf(row[from]); scale !== undefined; scale = scaleOf(row[from])) {
    value = multiply(value, rational(10n ** scale));
    from++;
  }
  return value !== undefined && areUnits(row.slice(from)) ? value : undefined;
}

/** A constant that is no plain number ("9\pi") without its unit, which must be marked as text. */
export function withoutUnits(row: Row): Row {
  const from = row.findIndex(({ kind }) => kind === 'letters');
  const [first] = row.slice(from);
  if (from < 1 || first?.kind !== 'letters' || !first.isText) return row;
  return areUnits(row.slice(from)) ? row.slice(0, from) : row;
}

const scaleOf = (node: Node | undefined): bigint | undefined =>
  node?.kind === 'letters' ? SCALES.get(node.text) : undefined;

const mayBeginUnits = ({ kind }: Node): boolean =>
  kind === 'letters' || kind === 'degree' || kind === 'fraction';

/** "cm", "cm^2", "km/h", "miles per hour", "degrees C"; nothing. */
function areUnits(row: Row): boolean {
  const isFirst = row[0] === undefined || mayBeginUnits(row[0]);
  return isFirst && row.every((node, i) => isUnit(node, row[i - 1], row[i + 1]));
}

function isUnit(node: Node, before: Node | undefined, behind: Node | undefined): boolean {
  switch (node.kind) {
    case 'letters':
      return isUnitWord(node, before);
    case 'degree':
      return true;
    case 'script':
      return before?.kind === 'letters' && node.mark === '^' && valueOf(node.row) !== undefined;
    case 'sign':
      return isSign(node, '/', '*', '-') && behind?.kind === 'letters';
    case 'fraction':
      return node.over.length > 0 && areUnits(node.over) && areUnits(node.under);
    case 'number':
    case 'verbatim':
    case 'command':
    case 'clock':
    case 'root':
    case 'group':
      return false;
  }
}

function isUnitWord(
  { text, spaced, isText }: Extract<Node, { kind: 'letters' }>,
  before: Node | undefined,
): boolean {
  if (NO_UNITS.has(text)) return false;
  if (isText) return true;
  if (before?.kind === 'degree') return text === 'c' || text === 'f' || text.length > 2;
  if (before === undefined && !spaced) return CLOSE_UNITS.has(text);
  return text.length > 2 || SHORT_UNITS.has(text);
}
