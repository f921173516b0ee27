import type { Logger } from 'pino';
import type { ErrorCode } from '../../errors.js';
import { logUnexpected } from '../plugins/errors.js';
import { isRefusal } from '../refusals.js';

/** What one client request came to, over all its prompts and choices: one line in the log. */
export class RequestRecord {
  readonly #log: Logger;
  readonly #labels: { readonly requestId: string; readonly route: string };
  readonly #startedAt = performance.now();
  #firstTokenAt: number | null = null;
  #taken = false;
  #promptTokens = 0;
  #cachedTokens = 0;
  #completionTokens = 0;
  readonly #finishes = new Set<string>();

  constructor(log: Logger, labels: { readonly requestId: string; readonly route: string }) {
    this.#log = log;
    this.#labels = labels;
  }

  get secondsSoFar(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** A prompt was handed to the engine. */
  submitted(promptTokens: number): void {
    this.#taken = true;
    this.#promptTokens += promptTokens;
  }

  /** A prompt left the queue. */
  started(cachedTokens: number): void {
    this.#cachedTokens += cachedTokens;
  }

  /** Tokens were accepted. */
  generated(tokens: number): void {
    this.#firstTokenAt ??= performance.now();
    this.#completionTokens += tokens;
  }

  /** A choice ended by itself. */
  finish(reason: string): void {
    this.#finishes.add(reason);
  }

  /** An error that is a bug, in full. */
  unexpected(error: unknown): void {
    logUnexpected(this.#log, error, this.#labels);
  }

  /**
   * Writes the line. `outcome`: 'cancelled' or an error's code, where it did not end by itself. What
   * was refused before the engine took it has a line of its own (`Refusals`).
   */
  close(outcome: ErrorCode | null = null): void {
    if (outcome !== null && !this.#taken && isRefusal(outcome)) return;
    const now = performance.now();
    const decodeSeconds = this.#firstTokenAt === null ? 0 : (now - this.#firstTokenAt) / 1000;
    const completionTokens = this.#completionTokens;
    this.#log.info(
      {
        ...this.#labels,
        promptTokens: this.#promptTokens,
        cachedTokens: this.#cachedTokens,
        completionTokens,
        ttft:
          this.#firstTokenAt === null
            ? null
            : rounded((this.#firstTokenAt - this.#startedAt) / 1000, 1e4),
        tokensPerSecond:
          decodeSeconds > 0 && completionTokens > 1
            ? rounded((completionTokens - 1) / decodeSeconds, 100)
            : null,
        seconds: rounded((now - this.#startedAt) / 1000, 1e4),
        finish: outcome ?? [...this.#finishes].sort().join(','),
      },
      'request',
    );
  }
}

function rounded(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
