import { meanInterval, type Interval } from '../../statistics/intervals.js';
import { latest } from '../journal/elapsed.js';
import type { KlRecord, PerplexityRecord } from '../records/window-record.js';
import type { Cost } from './cost.js';
import { percentile } from './percentile.js';

export interface PerplexitySummary extends Cost {
  readonly type: 'perplexity';
  /** Scored tokens. */
  readonly tokens: number;
  /** exp of the mean negated natural log-probability. */
  readonly perplexity: number;
  /** Over the bytes of the text in UTF-8: models with other tokens can be compared by it. */
  readonly bitsPerByte: number;
}

export function summarizePerplexity(
  records: readonly PerplexityRecord[],
  textBytes: number,
): PerplexitySummary {
  const tokens = sum(records.map((record) => record.tokens));
  const nll = sum(records.map((record) => record.nll));
  return {
    type: 'perplexity',
    tokens,
    perplexity: Math.exp(nll / tokens),
    bitsPerByte: nll / Math.LN2 / textBytes,
    ...latest(records),
  };
}

export interface KlSummary extends Cost {
  readonly type: 'kl';
  /** Compared distributions. */
  readonly tokens: number;
  /** KL(P||Q) of a token in nats, P being the reference's; the interval takes tokens as independent. */
  readonly kl: Interval | null;
  readonly median: number;
  readonly p99: number;
  readonly largest: number;
  /** Share of tokens at which both find the same one likeliest. */
  readonly topOneAgreement: number;
  readonly referencePerplexity: number;
  readonly perplexity: number;
}

export function summarizeKl(records: readonly KlRecord[]): KlSummary {
  const values = records.flatMap(({ kl }) => kl);
  const tokens = values.length;
  const nll = (side: 0 | 1) => sum(records.map((record) => record.nll[side]));
  return {
    type: 'kl',
    tokens,
    kl: meanInterval(values, 0.95, { least: 0, most: Infinity }) ?? null,
    median: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    largest: percentile(values, 1),
    topOneAgreement: sum(records.map(({ agreed }) => agreed)) / tokens,
    referencePerplexity: Math.exp(nll(0) / tokens),
    perplexity: Math.exp(nll(1) / tokens),
    ...latest(records),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
