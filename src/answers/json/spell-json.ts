import { decimalOf, plainText } from '../../grammar/numbers/decimal.js';
import type { JsonValue } from './json-value.js';

/** UTF-16 units of a number that is brought to one form; longer ones stay as they are written. */
const MAX_NUMBER_LENGTH = 1000;

/** Canonical JSON: names in order of their UTF-16 units, no whitespace, numbers exact in one form. */
export function spellJson(value: JsonValue): string {
  switch (value.kind) {
    case 'number':
      return value.source.length > MAX_NUMBER_LENGTH
        ? value.source
        : plainText(decimalOf(value.source));
    case 'string':
      return JSON.stringify(value.text);
    case 'word':
      return value.text;
    case 'list':
      return `[${value.items.map(spellJson).join(',')}]`;
    case 'object': {
      const members = [...value.members].sort(([a], [b]) => (a < b ? -1 : 1));
      const spelled = members.map(
        ([name, member]) => `${JSON.stringify(name)}:${spellJson(member)}`,
      );
      return `{${spelled.join(',')}}`;
    }
  }
}
