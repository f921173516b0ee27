import type { Fields } from '../fields.js';
import { readEntry, type Entry } from '../journal/elapsed.js';
import type { WindowDivergence } from '../likelihood/kl.js';
import type { WindowScore } from '../likelihood/perplexity.js';

/** A window of a text whose perplexity is measured. */
export type PerplexityRecord = Entry & WindowScore;

/** Throws `file_malformed`, naming the member that is wrong. */
export function readPerplexityRecord(fields: Fields): PerplexityRecord {
  return { ...readEntry(fields), tokens: fields.count('tokens'), nll: fields.number('nll') };
}

/** A window over which two models are compared. */
export type KlRecord = Entry & WindowDivergence;

/** Throws `file_malformed`, naming the member that is wrong. */
export function readKlRecord(fields: Fields): KlRecord {
  const [reference, model] = fields.numbers('nll');
  if (reference === undefined || model === undefined) throw fields.wrong('nll', 'two numbers');
  return {
    ...readEntry(fields),
    kl: fields.numbers('kl'),
    agreed: fields.count('agreed'),
    nll: [reference, model],
  };
}
