import { Counter, Gauge, Registry } from 'prom-client';
import type { EngineStats, FinishReason, RequestTimings, ThoughtEnd } from '../engine/types.js';
import type { ErrorCode } from '../errors.js';
import { KV_BLOCK_TOKENS } from '../native/addon.js';
import { LANES, type LaneStats } from '../prompts/prompt-threads.js';
import type { Prompts } from '../prompts/prompts.js';
import { BatchedHistogram } from './batched-histogram.js';
import { collectProcessMetrics, EventLoopLag } from './event-loop-lag.js';
import type { ServedModel } from './served-model.js';

const MODEL = ['model_name'] as const;

/** Seconds, from a millisecond to many minutes: small boards are slow. */
const SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900,
  3600,
];
const STEP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A word to the longest context. */
const THOUGHT_TOKENS = [0, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768];
/** vLLM's. */
const STEP_TOKENS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

/** What of vLLM's cache configuration is the same for every model, as Python writes it. */
const CACHE_CONFIG = {
  block_size: KV_BLOCK_TOKENS,
  cache_dtype: 'float16',
  calculate_kv_scales: 'False',
  cpu_kvcache_space_bytes: 'None',
  cpu_offload_gb: '0.0',
  enable_prefix_caching: 'True',
  gpu_memory_utilization: 'None',
  is_attention_free: 'False',
  num_cpu_blocks: 'None',
  num_gpu_blocks_override: 'None',
  // Blocks are found by the ids that they hold, and not by a hash of them.
  prefix_caching_hash_algo: 'None',
  sliding_window: 'None',
  swap_space: '0.0',
  swap_space_bytes: '0.0',
} as const;

/**
 * What /metrics says. Names are vLLM's with kinglet_ for vllm:, so that dashboards, autoscalers and
 * routers made for it need only the prefix changed. Without a model there are no samples yet.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #lag: EventLoopLag;
  #model: ServedModel | null = null;

  readonly #finishes = this.#counter(
    'kinglet_request_success_total',
    'Choices that ended by themselves',
    ['finished_reason'],
  );
  readonly #refusals = this.#counter(
    'kinglet_requests_refused_total',
    'Requests that were told no, by the code of the error',
    ['code', 'route'],
  );
  readonly #thoughtEnds = this.#counter(
    'kinglet_reasoning_end_total',
    'Thoughts, by what ended them: model, budget, repetition or client',
    ['by'],
  );
  readonly #stuck = this.#counter(
    'kinglet_repetition_detected_total',
    'Thoughts and answers that were ended since they repeated themselves',
    ['part'],
  );
  readonly #thoughtTokens = this.#histogram(
    'kinglet_reasoning_tokens',
    'Tokens of a thought',
    THOUGHT_TOKENS,
  );
  readonly #timeToFirstToken = this.#histogram(
    'kinglet_time_to_first_token_seconds',
    'From the request to its first token',
    SECONDS,
  );
  readonly #interTokenLatency = this.#histogram(
    'kinglet_inter_token_latency_seconds',
    'Between two tokens of a choice',
    SECONDS,
  );
  readonly #endToEnd = this.#histogram(
    'kinglet_e2e_request_latency_seconds',
    'From the request to its end',
    SECONDS,
  );
  readonly #queueTime = this.#histogram(
    'kinglet_request_queue_time_seconds',
    'Waiting for a place in the batch',
    SECONDS,
  );
  readonly #prefillTime = this.#histogram(
    'kinglet_request_prefill_time_seconds',
    'Computing the prompt',
    SECONDS,
  );
  readonly #decodeTime = this.#histogram(
    'kinglet_request_decode_time_seconds',
    'Generating after the first token',
    SECONDS,
  );
  readonly #iterationTokens = this.#histogram(
    'kinglet_iteration_tokens',
    'Tokens that a step brought, with the computed prompts of those that it began to answer',
    STEP_TOKENS,
  );
  readonly #iterationDuration = this.#histogram(
    'kinglet_iteration_duration_seconds',
    'Duration of a step',
    STEP_SECONDS,
  );

  constructor() {
    collectProcessMetrics(this.registry);
    this.#lag = new EventLoopLag(this.registry, () => {
      const stats = this.#model?.engine.stats;
      return stats !== undefined && stats.running + stats.waiting > 0;
    });
    // Gauges whose names end in _total are refused by promtool.
    for (const kind of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`nodejs_active_${kind}_total`);
    }
    this.#gauge('kinglet_num_requests_running', 'Requests being computed', (s) => s.running);
    this.#gauge('kinglet_num_requests_waiting', 'Requests waiting for a place', (s) => s.waiting);
    this.#gauge(
      'kinglet_kv_cache_usage_perc',
      'Share of the KV blocks in use, 0 to 1',
      (s) => s.kvBlocksUsed / Math.max(1, s.kvBlocksTotal),
    );
    const totals: [name: string, help: string, value: (stats: EngineStats) => number][] = [
      [
        'kinglet_prefix_cache_queries_total',
        'Prompt tokens looked up',
        (s) => s.prefixQueriedTokens,
      ],
      ['kinglet_prefix_cache_hits_total', 'Prompt tokens found', (s) => s.prefixHitTokens],
      ['kinglet_prompt_tokens_total', 'Prompt tokens computed or found', (s) => s.promptTokens],
      ['kinglet_generation_tokens_total', 'Tokens generated', (s) => s.generationTokens],
      ['kinglet_num_preemptions_total', 'Sequences preempted', (s) => s.preemptions],
      ['kinglet_request_cancelled_total', 'Requests whose client has gone', (s) => s.cancelled],
      ['kinglet_spec_decode_num_drafts_total', 'Drafts computed', (s) => s.drafts],
      [
        'kinglet_spec_decode_num_draft_tokens_total',
        'Drafted tokens computed',
        (s) => s.draftTokens,
      ],
      [
        'kinglet_spec_decode_num_accepted_tokens_total',
        'Drafted tokens that were drawn',
        (s) => s.acceptedTokens,
      ],
    ];
    for (const [name, help, value] of totals) this.#total(name, help, value);
    this.#cacheConfig();
  }

  /** Reads a model's engine from now on. */
  serve(model: ServedModel): void {
    this.#model = model;
    this.watchPrompts(model.prompts);
    model.engine.observe({
      step: (report) => {
        this.asked();
        // As vLLM's does, it leaves out steps that computed a part of a prompt and nothing else.
        const tokens = report.generatedTokens + report.promptTokens;
        if (tokens > 0) this.#iterationTokens.observe(tokens);
        this.#iterationDuration.observe(report.seconds);
      },
    });
  }

  /** Something is asked for: the event loop's delay counts from now on. */
  asked(): void {
    this.#lag.watch();
  }

  /** A request was told no; `route` is a pattern, never what a client wrote. */
  refused(code: ErrorCode, route: string): void {
    this.#refusals.inc({ ...this.#labels, code, route });
  }

  /** Reads the bytes of what waits for the engine from now on. */
  watchPending(bytes: () => number): void {
    const labels = () => this.#labels;
    new Gauge({
      name: 'kinglet_pending_bytes',
      help: 'Memory of requests that the engine has not taken yet',
      labelNames: MODEL,
      registers: [this.registry],
      collect() {
        this.set(labels(), bytes());
      },
    });
  }

  /** What waits to be rendered and tokenized, by lane. */
  watchPrompts(prompts: Prompts): void {
    const lanes = (value: (stats: LaneStats) => number) =>
      LANES.map((lane) => ({
        labels: { ...this.#labels, lane },
        value: value(prompts.stats(lane)),
      }));
    const options = { labelNames: [...MODEL, 'lane'] as const, registers: [this.registry] };
    new Gauge({
      ...options,
      name: 'kinglet_prompt_queue_requests',
      help: 'Prompts that wait to be rendered and tokenized',
      collect() {
        for (const { labels, value } of lanes(({ requests }) => requests)) this.set(labels, value);
      },
    });
    new Gauge({
      ...options,
      name: 'kinglet_prompt_queue_bytes',
      help: 'Text of the prompts that wait to be rendered and tokenized',
      collect() {
        for (const { labels, value } of lanes(({ bytes }) => bytes)) this.set(labels, value);
      },
    });
    new Counter({
      ...options,
      name: 'kinglet_prompt_queue_refused_total',
      help: 'Prompts that found the queue full',
      collect() {
        this.reset();
        for (const { labels, value } of lanes(({ refused }) => refused)) this.inc(labels, value);
      },
    });
  }

  firstToken(seconds: number): void {
    this.#timeToFirstToken.observe(seconds);
  }

  /** `tokens` came `seconds` after the choice's previous ones. */
  interToken(seconds: number, tokens: number): void {
    for (let i = 0; i < tokens; i++) this.#interTokenLatency.observe(seconds / tokens);
  }

  finished(reason: FinishReason): void {
    this.#finishes.inc({ ...this.#labels, finished_reason: reason });
  }

  /** A thought has ended. */
  thought({ by, tokens }: { readonly by: ThoughtEnd; readonly tokens: number }): void {
    this.#thoughtTokens.observe(tokens);
    this.#thoughtEnds.inc({ ...this.#labels, by });
    if (by === 'repetition') this.stuck('reasoning');
  }

  /** A text repeated itself, and was ended. */
  stuck(part: 'reasoning' | 'answer'): void {
    this.#stuck.inc({ ...this.#labels, part });
  }

  ended(timings: RequestTimings, total: number): void {
    this.#queueTime.observe(timings.queue);
    this.#prefillTime.observe(timings.prefill);
    this.#decodeTime.observe(timings.decode);
    this.#endToEnd.observe(total);
  }

  get #labels() {
    return { model_name: this.#model?.names[0] ?? '' };
  }

  #counter(name: string, help: string, labels: readonly string[]) {
    return new Counter({
      name,
      help,
      labelNames: [...MODEL, ...labels],
      registers: [this.registry],
    });
  }

  #histogram(name: string, help: string, buckets: number[]): BatchedHistogram {
    const options = { name, help, buckets, labelNames: MODEL, registers: [this.registry] };
    return new BatchedHistogram(options, () => this.#labels);
  }

  #gauge(name: string, help: string, value: (stats: EngineStats) => number): void {
    const stats = () => this.#model?.engine.stats;
    const labels = () => this.#labels;
    new Gauge({
      name,
      help,
      labelNames: MODEL,
      registers: [this.registry],
      collect() {
        const now = stats();
        if (now !== undefined) this.set(labels(), value(now));
      },
    });
  }

  /** A counter that the engine keeps. */
  #total(name: string, help: string, value: (stats: EngineStats) => number): void {
    const stats = () => this.#model?.engine.stats;
    const labels = () => this.#labels;
    new Counter({
      name,
      help,
      labelNames: MODEL,
      registers: [this.registry],
      collect() {
        const now = stats();
        if (now === undefined) return;
        this.reset();
        this.inc(labels(), value(now));
      },
    });
  }

  /** Routers read the size of the cache from its labels, which are vLLM's. */
  #cacheConfig(): void {
    const model = () => this.#model;
    new Gauge({
      name: 'kinglet_cache_config_info',
      help: 'The KV cache, as labels; what Kinglet has not is None',
      labelNames: [
        ...MODEL,
        ...Object.keys(CACHE_CONFIG),
        'num_gpu_blocks',
        'kv_cache_size_tokens',
      ],
      registers: [this.registry],
      collect() {
        const served = model();
        if (served === null) return;
        const blocks = served.engine.stats.kvBlocksTotal;
        this.set(
          {
            model_name: served.names[0],
            ...CACHE_CONFIG,
            num_gpu_blocks: blocks,
            kv_cache_size_tokens: blocks * KV_BLOCK_TOKENS,
          },
          1,
        );
      },
    });
  }
}
