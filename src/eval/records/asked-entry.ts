import type { Fields } from '../fields.js';
import type { Entry } from '../journal/elapsed.js';

/** What the lines of all questions have. */
export interface AskedEntry extends Entry {
  readonly key: string;
  readonly group: string | null;
  readonly question: string;
}

export function readAsked(fields: Fields): Omit<AskedEntry, keyof Entry> {
  return {
    key: fields.text('key'),
    group: fields.has('group') ? fields.text('group') : null,
    question: fields.text('question'),
  };
}
