/** What a model file holds and what memory it would take. */
import { createChatTemplate } from '../chat/chat-template.js';
import { templateProblem } from '../chat/template-problem.js';
import { serveConfig } from '../config.js';
import { formatBytes, type MemoryPlan } from '../engine/memory-plan.js';
import { KingletError } from '../errors.js';
import { chatsRefused } from '../errors/model-warnings.js';
import { cpuBudget } from '../machine/cpu-budget.js';
import type { ModelSource, TokenizerSource } from '../model/model-source.js';
import { loadAddon } from '../native/load-addon.js';
import { planServing, plannedEngine } from '../server/serving-plan.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { familyOf } from '../tools/families.js';

export interface Inspection {
  readonly name: string;
  readonly kind: ModelSource['kind'];
  readonly files: readonly string[];
  readonly hash: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly contextLimitedBy: string | null;
  readonly layersWithoutRope: number;
  readonly formats: readonly FormatShare[];
  readonly tokenizer: {
    readonly bosId: number | null;
    readonly addBos: boolean;
    readonly eosIds: readonly number[];
    readonly padId: number | null;
    readonly chatTemplate: boolean;
    /** The family that calls of tools are written in; null without a template. */
    readonly toolCalls: string | null;
  };
  readonly generation: TokenizerSource['generation'];
  readonly warnings: readonly string[];
  /** null where the model does not fit, which the arithmetic says. */
  readonly memory: Omit<MemoryPlan, 'lines'> | null;
  readonly arithmetic: readonly string[];
}

interface FormatShare {
  readonly format: string;
  readonly tensors: number;
  readonly bytes: number;
}

/**
 * Everything that the command prints. Rejects as loadTokenizer and planMemory throw: a tokenizer that
 * can't be served with is refused here, too.
 */
export async function inspect(
  source: ModelSource,
  availableBytes: number,
  requestedContext?: number,
): Promise<Inspection> {
  const { spec, tensors } = source;
  const tokenizer = source.readTokenizer();
  await loadTokenizer(tokenizer);
  const { memory, lines } = plan(source, tokenizer, availableBytes, requestedContext);
  return {
    name: source.name,
    kind: source.kind,
    files: source.files,
    hash: source.hash,
    architecture: spec.architecture,
    parameters: tensors.reduce((sum, { rows, cols }) => sum + rows * cols, 0),
    layers: spec.layers,
    hiddenSize: spec.hiddenSize,
    ffnSize: spec.ffnSize,
    heads: spec.heads,
    kvHeads: spec.kvHeads,
    headDim: spec.headDim,
    vocabSize: spec.vocabSize,
    contextLength: spec.contextLength,
    contextLimitedBy: spec.contextLimitedBy ?? null,
    layersWithoutRope: spec.rope.layers.filter((has) => has === 0).length,
    formats: countFormats(source),
    tokenizer: {
      bosId: tokenizer.bosId,
      addBos: tokenizer.addBos,
      eosIds: tokenizer.eosIds,
      padId: tokenizer.padId,
      chatTemplate: tokenizer.chatTemplate !== null,
      toolCalls: tokenizer.chatTemplate === null ? null : familyOf(tokenizer.chatTemplate).name,
    },
    generation: tokenizer.generation,
    warnings: [...source.warnings, ...tokenizer.warnings, ...templateWarnings(tokenizer)],
    memory,
    arithmetic: lines,
  };
}

/** What the server's log would say of the chat template at the start. */
function templateWarnings({ chatTemplate, templateTokens: tokens }: TokenizerSource): string[] {
  if (chatTemplate === null) return [];
  const template = { source: chatTemplate, tokens, specialStrings: [], reasoningTags: null };
  const bounds = { now: new Date(), maxOutput: 1 << 20, maxSteps: 1 << 20 };
  const problem = templateProblem(() => createChatTemplate(template), bounds);
  return problem === null ? [] : [chatsRefused(problem)];
}

/** As `kinglet serve` plans it unless told otherwise. */
function plan(
  source: ModelSource,
  tokenizer: TokenizerSource,
  availableBytes: number,
  requestedContext: number | undefined,
): { memory: Inspection['memory']; lines: readonly string[] } {
  const config = serveConfig({ maxModelLen: requestedContext ?? null });
  const engine = plannedEngine(source, tokenizer.generation, config, cpuBudget());
  try {
    const { lines, ...memory } = planServing(loadAddon(), engine, config, availableBytes);
    return { memory, lines };
  } catch (error) {
    if (!(error instanceof KingletError && error.code === 'out_of_memory')) throw error;
    return { memory: null, lines: [error.message] };
  }
}

/** The formats in the files, the one with the most bytes first. */
function countFormats({ tensors }: ModelSource): FormatShare[] {
  const shares = new Map<string, { tensors: number; bytes: number }>();
  for (const { format, bytes } of tensors) {
    const share = shares.get(format) ?? { tensors: 0, bytes: 0 };
    shares.set(format, { tensors: share.tensors + 1, bytes: share.bytes + bytes });
  }
  return [...shares]
    .map(([format, share]) => ({ format, ...share }))
    .sort((a, b) => b.bytes - a.bytes);
}

/** What the command prints without --json. */
export function render(report: Inspection): string {
  const { tokenizer } = report;
  const limit = report.contextLimitedBy === null ? '' : ` (${report.contextLimitedBy})`;
  const nope = report.layersWithoutRope === 0 ? '' : `, ${report.layersWithoutRope} without RoPE`;
  const generation = Object.entries(report.generation).map(([key, value]) =>
    Array.isArray(value) ? `${key} (${value.length})` : `${key} ${value}`,
  );
  const rows: [string, string][] = [
    [
      'model',
      `${report.name} (${report.kind}, ${report.files.length === 1 ? '1 file' : `${report.files.length} files`})`,
    ],
    ['hash', report.hash],
    ['architecture', `${report.architecture}, ${report.layers} layers${nope}`],
    ['parameters', `${(report.parameters / 1e6).toFixed(1)} M`],
    ['hidden / ffn', `${report.hiddenSize} / ${report.ffnSize}`],
    ['attention', `${report.heads} heads, ${report.kvHeads} key-value heads of ${report.headDim}`],
    ['vocabulary', `${report.vocabSize}`],
    ['context', `${report.contextLength}${limit}`],
    ...report.formats.map(({ format, tensors, bytes }): [string, string] => [
      'format',
      `${format}: ${tensors} tensors, ${formatBytes(bytes)}`,
    ]),
    [
      'tokenizer',
      `bos ${tokenizer.bosId ?? 'none'}${tokenizer.addBos ? ' (added)' : ''}, eos ${tokenizer.eosIds.join(' ') || 'none'}`,
    ],
    ['chat template', tokenizer.chatTemplate ? 'yes' : 'none'],
    ['tool calls', tokenizer.toolCalls ?? 'none'],
    ['generation', generation.join(', ') || 'no defaults'],
    ...report.warnings.map((line): [string, string] => ['warning', line]),
    ...report.arithmetic.map((line): [string, string] => ['memory', line]),
  ];
  return rows.map(([label, text]) => `${label.padEnd(14)} ${text}\n`).join('');
}
