/** What a server of a model is started with, and what memory that takes: `serve` and `inspect`. */
import type { ServeConfig } from '../config.js';
import {
  memoryBesideWeights,
  planMemory,
  type MemoryPlan,
  type MemoryRequest,
} from '../engine/memory-plan.js';
import type { CpuBudget } from '../machine/cpu-budget.js';
import type { GenerationRules } from '../model/generation-defaults.js';
import type { ModelSource } from '../model/model-source.js';
import type { Addon } from '../native/addon.js';
import { defaultPendingBytes, requestMemory } from './request-memory.js';

/** The part of the engine's options that decides what memory it takes. */
export function plannedEngine(
  { files, spec, tensors }: ModelSource,
  rules: GenerationRules,
  config: ServeConfig,
  { threads, cpus, pin }: CpuBudget,
): MemoryRequest['engine'] {
  const { compute, kvCacheType, quantize, isa, maxNumSeqs, maxNumBatchedTokens, speculate } =
    config;
  return {
    source: { files, spec, tensors },
    rules,
    ...{ compute, kvCacheType, quantize, isa, threads, cpus, pin },
    ...{ maxNumSeqs, maxNumBatchedTokens, speculate },
  };
}

interface ServingPlan extends MemoryPlan {
  /** What --max-pending-bytes says, or memory allows. */
  readonly maxPendingBytes: number;
}

/** Divides `availableBytes`; throws as planMemory does. */
export function planServing(
  addon: Pick<Addon, 'measureModel'>,
  engine: MemoryRequest['engine'],
  config: ServeConfig,
  availableBytes: number,
): ServingPlan {
  const leftBytes = memoryBesideWeights(addon, engine, availableBytes);
  const maxPendingBytes =
    config.maxPendingBytes ?? defaultPendingBytes(config.maxBodyBytes, leftBytes);
  const plan = planMemory(addon, {
    engine,
    requestedContext: config.maxModelLen ?? undefined,
    kvMemoryBytes: config.kvMemory ?? undefined,
    availableBytes,
    requestBytes: requestMemory(maxPendingBytes, leftBytes),
  });
  return { ...plan, maxPendingBytes };
}
