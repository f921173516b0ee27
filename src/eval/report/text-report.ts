import type { NamedKl } from '../evaluate-kl.js';
import type { NamedPerplexity } from '../evaluate-text.js';
import type { Outcome } from '../session.js';
import { costRows, figure, percent, table } from './figures.js';

/** What `kinglet eval --perplexity` prints without --json. */
export function perplexityReport(outcome: Outcome<NamedPerplexity>): string {
  const { summary, path, energySource } = outcome;
  return table([
    ['model', summary.model],
    ['windows', `${summary.window} tokens, every ${summary.stride}`],
    ['scored tokens', String(summary.tokens)],
    ['perplexity', summary.perplexity.toFixed(4)],
    ['bits a byte', summary.bitsPerByte.toFixed(4)],
    ...costRows(summary, energySource),
    ['scores', path],
  ]);
}

/** What `kinglet eval --kl` prints without --json. */
export function klReport(outcome: Outcome<NamedKl>): string {
  const { summary, path, energySource } = outcome;
  const { kl } = summary;
  const mean =
    kl === null
      ? 'none'
      : `${figure(kl.mean)} nats (95 %: ${figure(kl.low)} to ${figure(kl.high)})`;
  return table([
    ['reference', summary.reference],
    ['model', summary.model],
    ['windows', `${summary.window} tokens, every ${summary.stride}`],
    ['compared tokens', String(summary.tokens)],
    ['KL(reference||model)', mean],
    ['median, p99, largest', [summary.median, summary.p99, summary.largest].map(figure).join(', ')],
    ['same top token', percent(summary.topOneAgreement)],
    [
      'perplexity',
      `${summary.perplexity.toFixed(4)}, the reference's ${summary.referencePerplexity.toFixed(4)}`,
    ],
    ...costRows(summary, energySource),
    ['scores', path],
  ]);
}
