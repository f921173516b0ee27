/** What a load generator is asked to do, and what it found. */
import type { ThreadTimes } from './thread-times.js';

export interface LoadJob {
  readonly origin: string;
  readonly pid: number;
  /** Where the server's threads have told which they are. */
  readonly threadsFile: string;
  readonly clients: number;
  /** Tokens. */
  readonly prompt: number;
  readonly generate: number;
  /**
   * `throughput`: each client sends `requests` chats one after the other, and more until all have.
   * `gaps`: the clients stream without a break; meanwhile one prompt of `long` tokens arrives.
   * `mixed`: the clients send `requests` of all kinds together, of lengths of their own.
   */
  readonly scenario:
    | { readonly name: 'throughput'; readonly requests: number }
    | { readonly name: 'gaps'; readonly long: number }
    | { readonly name: 'mixed'; readonly requests: number };
}

/** Times are milliseconds. */
export interface Latencies {
  readonly firstTokens: readonly number[];
  readonly gaps: readonly number[];
}

export interface ThroughputReport extends Latencies {
  readonly seconds: number;
  readonly answerTokens: number;
  /** Those that were computed: without what came from the prefix cache. */
  readonly promptTokens: number;
  /** CPU seconds of the load generator. */
  readonly generatorCpu: number;
  /** Of the server's threads by role. */
  readonly threads: readonly (readonly [role: string, times: ThreadTimes])[];
}

/** Of the time in which the long prompt waited for its first token. */
export interface GapsReport extends Latencies {
  /** Milliseconds to the first token of the long prompt. */
  readonly longFirstToken: number;
}

/** Of requests that were all answered as they should be. */
export interface MixedReport {
  readonly seconds: number;
}
