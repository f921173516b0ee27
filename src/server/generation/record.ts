import type { Logger } from 'pino';
import type { ErrorCode } from '../../errors.js';
import { isRefusal } from '../refusals.js';

/** What one client request came to, over all its prompts and choices: one line in the log. */
export class RequestRecord {
  private readonly startedAt = performance.now();
  private firstTokenAt: number | null = null;
  private taken = false;
  private promptTokens = 0;
  private cachedTokens = 0;
  private completionTokens = 0;
  private readonly finishes = new Set<string>();

  constructor(
    private readonly log: Logger,
    private readonly labels: { readonly requestId: string; readonly route: string },
  ) {}

  get secondsSoFar(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  /** A prompt was handed to the engine. */
  submitted(promptTokens: number): void {
    this.taken = true;
    this.promptTokens += promptTokens;
  }

  /** A prompt left the queue. */
  started(cachedTokens: number): void {
    this.cachedTokens += cachedTokens;
  }

  /** Tokens were accepted. */
  generated(tokens: number): void {
    this.firstTokenAt ??= performance.now();
    this.completionTokens += tokens;
  }

  /** A choice ended by itself. */
  finish(reason: string): void {
    this.finishes.add(reason);
  }

  /** An error that should not be, in full. */
  unexpected(error: unknown): void {
    this.log.error({ ...this.labels, err: error }, 'unexpected error');
  }

  /**
   * Writes the line. `outcome`: 'cancelled' or an error's code, where it did not end by itself. What
   * was refused before the engine took it has a line of its own (`Refusals`).
   */
  close(outcome: ErrorCode | null = null): void {
    if (outcome !== null && !this.taken && isRefusal(outcome)) return;
    const now = performance.now();
    const decodeSeconds = this.firstTokenAt === null ? 0 : (now - this.firstTokenAt) / 1000;
    const { promptTokens, cachedTokens, completionTokens } = this;
    this.log.info(
      {
        ...this.labels,
        promptTokens,
        cachedTokens,
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
        finish: outcome ?? [...this.finishes].sort().join(','),
      },
      'request',
    );
  }
}

function rounded(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
