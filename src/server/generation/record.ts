import type { Logger } from 'pino';
import type { RequestUsage } from '../../engine/types.js';
import { NO_USAGE, sumUsage } from './usage.js';

/** What one client request came to, over all its prompts and choices: one line in the log. */
export class RequestRecord {
  private readonly startedAt = performance.now();
  private firstTokenAt: number | null = null;
  private usage = NO_USAGE;
  private readonly finishes = new Map<string, number>();

  constructor(
    private readonly log: Logger,
    private readonly labels: { readonly requestId: string; readonly route: string },
  ) {}

  get secondsSoFar(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  /** Called for each accepted token; the first one counts. */
  tokens(): void {
    this.firstTokenAt ??= performance.now();
  }

  finish(reason: string): void {
    this.finishes.set(reason, (this.finishes.get(reason) ?? 0) + 1);
  }

  /** Adds one prompt's counts. */
  count(usage: RequestUsage): void {
    this.usage = sumUsage(this.usage, usage);
  }

  /** An error that should not be, in full. */
  unexpected(error: unknown): void {
    this.log.error({ ...this.labels, err: error }, 'unexpected error');
  }

  /** Writes the line. `outcome`: 'cancelled' or an error's code, where it did not end by itself. */
  close(outcome: string | null = null): void {
    const now = performance.now();
    const decodeSeconds = this.firstTokenAt === null ? 0 : (now - this.firstTokenAt) / 1000;
    const { completionTokens } = this.usage;
    this.log.info(
      {
        ...this.labels,
        promptTokens: this.usage.promptTokens,
        cachedTokens: this.usage.cachedTokens,
        completionTokens,
        ttft:
          this.firstTokenAt === null
            ? null
            : rounded((this.firstTokenAt - this.startedAt) / 1000, 1e4),
        tokensPerSecond:
          decodeSeconds > 0 && completionTokens > 1
            ? rounded((completionTokens - 1) / decodeSeconds, 100)
            : null,
        seconds: rounded((now - this.startedAt) / 1000, 1e4),
        finish: outcome ?? Object.fromEntries(this.finishes),
      },
      'request',
    );
  }
}

function rounded(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
