import type { Logger } from 'pino';
import type { ServeConfig } from '../config.js';
import { createEngine, type StartedEngine } from '../engine/client.js';
import { formatBytes } from '../engine/memory-plan.js';
import type { EngineOptions, ModelOptions, StepOptions } from '../engine/options.js';
import { cpuBudget, type CpuBudget } from '../machine/cpu-budget.js';
import { KingletError } from '../errors.js';
import { chatsRefused } from '../errors/model-warnings.js';
import { availableMemory } from '../machine/memory-available.js';
import type { ModelSource, TokenizerSource } from '../model/model-source.js';
import { openModel } from '../model/open-model.js';
import { KV_BLOCK_TOKENS, type Conversion } from '../native/addon.js';
import { loadAddon } from '../native/load-addon.js';
import { PromptThreads } from '../prompts/prompt-threads.js';
import { Prompts } from '../prompts/prompts.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { VERSION } from '../version.js';
import { callSpeller } from './generation/spelled-calls.js';
import { logPackedCache } from './packed-cache-log.js';
import type { ServedModel } from './served-model.js';
import { servedNames } from './served-names.js';
import { planServing, plannedEngine } from './serving-plan.js';
import { thinkingLines } from './thinking-lines.js';

/** Hex digits of the weights' hash in system_fingerprint. */
const FINGERPRINT_DIGITS = 12;
/** Prompt tokens that may wait, in sizes of the KV pool. */
const QUEUED_POOLS = 8;

/** What `begin` has found out and started. */
export interface BegunModel {
  readonly source: ModelSource;
  readonly tokenizer: TokenizerSource;
  readonly contextLength: number;
  readonly budget: CpuBudget;
  readonly engine: StartedEngine;
  /** Memory of requests that wait. */
  readonly maxPendingBytes: number;
  /** Memory of compiled grammars that are kept. */
  readonly programBytes: number;
}

type PlannedEngine = ModelOptions &
  StepOptions &
  Pick<EngineOptions, 'packedCache' | 'maxAutomatonBytes'>;

/** A model on its way from a path to the server. */
export class ModelLoader {
  readonly #path: string;
  readonly #config: ServeConfig;
  readonly #log: Logger;
  readonly #onFatal: (error: KingletError) => void;
  readonly #startedAt = performance.now();
  readonly #promptThreads: PromptThreads;
  #engine: StartedEngine | null = null;
  #cancelled = false;

  /** `onFatal`: the engine died after it was loaded. */
  constructor(
    path: string,
    config: ServeConfig,
    log: Logger,
    onFatal: (error: KingletError) => void,
  ) {
    this.#path = path;
    this.#config = config;
    this.#log = log;
    this.#onFatal = onFatal;
    this.#promptThreads = new PromptThreads(config.maxPromptQueueBytes);
  }

  /** 0 to 1. */
  get progress(): number {
    return this.#engine?.progress ?? 0;
  }

  /**
   * Reads the model's header, divides memory and cores, and starts the engine, which loads the
   * weights in threads of its own. What was decided, and why, goes to the log.
   */
  async begin(): Promise<BegunModel> {
    const config = this.#config;
    const log = this.#log;
    // The thread loads its code meanwhile. `finish` asks again, and is told of a failure.
    this.#promptThreads.start().catch(() => undefined);
    // Held by this thread too, so that the addon outlives the worker that computes with it.
    const addon = loadAddon();
    const source = await openModel(this.#path);
    const tokenizer = source.readTokenizer();
    this.#checkCancelled();
    for (const warning of [...source.warnings, ...tokenizer.warnings]) log.warn(warning);
    const budget = cpuBudget({ threads: config.threads, pin: config.pin });
    const memory = availableMemory();
    const engineOptions = plannedEngine(source, tokenizer.generation, config, budget);
    const plan = planServing(addon, engineOptions, config, memory.bytes);
    log.info(`model ${source.path}: ${source.spec.architecture}, ${source.tensors.length} tensors`);
    log.info(`threads: ${budget.explanation}`);
    log.info({ memoryBoundBytes: plan.boundBytes }, `memory bound: ${memory.boundBy}`);
    for (const line of plan.lines) log.info(line);
    const { contextLength, kvBlocks, maxNumBatchedTokens, maxPendingBytes, grammars } = plan;
    const spec = { ...source.spec, contextLength };
    const engine = this.#startEngine({
      ...engineOptions,
      source: { ...engineOptions.source, spec },
      ...{ kvBlocks, maxNumBatchedTokens, maxAutomatonBytes: grammars.automatonBytes },
      ...packedCache(config, source.hash),
    });
    const { programBytes } = grammars;
    return { source, tokenizer, contextLength, budget, engine, maxPendingBytes, programBytes };
  }

  /** Makes the tokenizer while the weights are loaded, and waits for both. */
  async finish(begun: BegunModel): Promise<ServedModel> {
    const { source, contextLength, engine } = begun;
    const config = this.#config;
    const log = this.#log;
    const tokenizer = await loadTokenizer(begun.tokenizer);
    this.#checkCancelled();
    log.info(`tokenizer: ${tokenizer.vocabSize} tokens`);
    engine.begin({ tokenTable: tokenizer.table, eosIds: tokenizer.eosIds });
    const prompts = new Prompts(
      tokenizer,
      {
        maxQueuedBytes: config.maxPromptQueueBytes,
        maxRenderMs: config.maxRenderMs,
        toolCallParser: config.toolCallParser,
        maxProgramBytes: begun.programBytes,
      },
      this.#promptThreads,
    );
    if (prompts.toolFamily !== null) log.info(`tool calls: ${prompts.toolFamily.name}`);
    const promptsReady = Promise.all([
      prompts.templateProblem(),
      prompts.thoughtClosing(config.reasoningBudgetMessage),
      prompts.start(),
    ]);
    // Awaited below; until then a failure must not count as unhandled.
    promptsReady.catch(() => undefined);
    const info = await engine.ready;
    for (const line of conversionLines(info.conversions)) log.info(line);
    if (begun.budget.pin) logPinning(begun.budget.threads, info.pinnedThreads, log);
    logPackedCache(info.packedCache, () => engine.cacheWriting, log);
    log.info(
      { isa: info.isa, kernels: info.kernels },
      `loaded in ${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s: weights ` +
        `${formatBytes(info.weightBytes)}, kernels ${info.isa}`,
    );
    const [problem, thoughtClosing] = await promptsReady;
    if (problem !== null) log.warn(chatsRefused(problem));
    for (const line of thinkingLines(config, thoughtClosing)) log.info(line);
    this.#checkCancelled();
    return {
      ...servedNames(config.servedModelNames, source.name),
      engine,
      tokenizer,
      prompts,
      thoughtClosing,
      speller: callSpeller(tokenizer, source.spec.vocabSize, prompts.toolFamily),
      vocabSize: source.spec.vocabSize,
      contextLength,
      defaults: begun.tokenizer.generation,
      fingerprint: `kinglet-${VERSION}-${info.isa}-${source.hash.slice(0, FINGERPRINT_DIGITS)}`,
      created: Math.floor(Date.now() / 1000),
    };
  }

  #startEngine(planned: PlannedEngine): StartedEngine {
    const config = this.#config;
    const engine = createEngine(
      {
        ...planned,
        maxStepMs: config.maxStepMs,
        maxQueue: config.maxQueue,
        maxQueueTokens: QUEUED_POOLS * planned.kvBlocks * KV_BLOCK_TOKENS,
        prefixCaching: true,
      },
      { onFatal: (error) => engine.info !== null && this.#onFatal(error) },
    );
    this.#engine = engine;
    return engine;
  }

  /** Gives loading up, or stops what was loaded. */
  async stop(): Promise<void> {
    this.#cancelled = true;
    await Promise.all([this.#engine?.close(), this.#promptThreads.close()]);
  }

  #checkCancelled(): void {
    if (this.#cancelled) throw new KingletError('cancelled', 'Loading was given up.');
  }
}

/** What came of --pin. */
function logPinning(threads: number, pinned: number, log: Logger): void {
  if (pinned === threads) {
    log.info('--pin: every compute thread has a CPU of its own');
  } else {
    log.warn(
      `--pin: the kernel bound ${pinned} of ${threads} compute threads to a CPU of their own; the ` +
        'others run where the process may',
    );
  }
}

/** Where the packed weights of a model whose headers have this `hash` are kept, if they are. */
function packedCache(
  { packedCache: folder, packedCacheBytes: mostBytes }: ServeConfig,
  hash: string,
): Pick<EngineOptions, 'packedCache'> {
  if (folder === '') return {};
  return { packedCache: { folder, mostBytes, key: `kinglet ${VERSION}, headers ${hash}` } };
}

/** What was converted when loading, a line for each pair of formats. */
function conversionLines(conversions: readonly Conversion[]): string[] {
  const groups = new Map<string, typeof conversions>();
  for (const conversion of conversions) {
    const kind = `${conversion.from} to ${conversion.to}`;
    groups.set(kind, [...(groups.get(kind) ?? []), conversion]);
  }
  return [...groups].map(([kind, members]) => {
    const sum = (size: (member: (typeof members)[number]) => number) =>
      members.reduce((total, member) => total + size(member), 0);
    const more = sum((member) => member.bytesAfter) - sum((member) => member.bytesBefore);
    const names = members.map((member) => member.tensor);
    return (
      `converted ${members.length} tensors from ${kind}, ` +
      `${more < 0 ? '-' : '+'}${formatBytes(Math.abs(more))}: ${names.join(', ')}`
    );
  });
}
