/** Which special tokens a tokenizer.json's post-processor puts around a text. */
import { isRecord, type JsonObject, type JsonRecord } from './json.js';

export interface AddedAround {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NOTHING: AddedAround = { before: [], after: [] };

/**
 * transformers 5 encodes with the post-processor of tokenizer.json whatever `add_bos_token` says, so
 * this alone decides whether a prompt begins with BOS.
 */
export function readPostProcessor(tokenizer: JsonObject): AddedAround {
  return aroundOf(tokenizer.raw('post_processor'));
}

function aroundOf(processor: unknown): AddedAround {
  if (!isRecord(processor)) return NOTHING;
  switch (processor.type) {
    case 'Sequence':
      // Each works on what the one before it made.
      return listOf(processor.processors)
        .map(aroundOf)
        .reduce(
          (inner, outer) => ({
            before: [...outer.before, ...inner.before],
            after: [...inner.after, ...outer.after],
          }),
          NOTHING,
        );
    case 'TemplateProcessing':
      return ofTemplate(processor);
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: idsOfPair(processor.cls), after: idsOfPair(processor.sep) };
    default:
      return NOTHING;
  }
}

/** `single` is a list of special tokens around one `Sequence`. */
function ofTemplate({ single, special_tokens: special }: JsonRecord): AddedAround {
  const before: number[] = [];
  const after: number[] = [];
  let side = before;
  for (const piece of listOf(single)) {
    if (!isRecord(piece)) continue;
    if (isRecord(piece.Sequence)) side = after;
    if (!isRecord(piece.SpecialToken)) continue;
    const name = piece.SpecialToken.id;
    const entry =
      typeof name === 'string' && isRecord(special) && Object.hasOwn(special, name)
        ? special[name]
        : undefined;
    if (isRecord(entry)) side.push(...listOf(entry.ids).filter(isId));
  }
  return { before, after };
}

/** Of ["<s>", 1]. */
function idsOfPair(pair: unknown): number[] {
  return listOf(pair).filter(isId);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
