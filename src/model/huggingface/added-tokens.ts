/**
 * Merges tokenizer_config.json into tokenizer.json's added tokens, as transformers 5 does when it
 * loads the two: found out by loading both in all combinations with transformers 5.24.
 */
import { show } from '../failures.js';
import { isRecord, type JsonObject, type JsonRecord } from './json.js';

const FLAGS = ['single_word', 'lstrip', 'rstrip', 'normalized', 'special'] as const;
type Flags = Readonly<Record<(typeof FLAGS)[number], boolean>>;

interface AddedToken extends Flags {
  readonly id: number;
  readonly content: string;
}

/** Tokens that a tokenizer has a use for; each is special. */
const NAMED = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

export interface MergedTokens {
  /** As tokenizer.json has them; null where nothing is to be changed. */
  readonly tokens: readonly object[] | null;
  readonly idOf: (text: string) => number | null;
}

/**
 * - Flags of `added_tokens_decoder` win over those of tokenizer.json for the same content, whatever
 *   the id that it is listed under.
 * - `bos_token` and its like, and `extra_special_tokens`, are special.
 * - Those of either that are no added token become one: with the vocabulary's id, or with the next
 *   that is free, if the model has a row for it.
 */
export function mergeAddedTokens(
  tokenizer: JsonObject,
  settings: JsonObject,
  templateTokens: Readonly<Record<string, string>>,
  vocabSize: number,
  warnings: string[],
): MergedTokens {
  const listed = tokenizer.array('added_tokens') ?? [];
  const model = tokenizer.object('model');
  if (model === undefined) throw tokenizer.missing('model');
  const vocabulary = model.object('vocab');
  if (vocabulary === undefined) throw model.missing('vocab');

  // What is not well-formed stays as it is, for the tokenizer to refuse.
  const merged = new Map<string, AddedToken>();
  for (const token of listed) {
    if (!isRecord(token) || typeof token.content !== 'string' || !Number.isInteger(token.id)) {
      continue;
    }
    merged.set(token.content, {
      ...flagsOf(token),
      id: token.id as number,
      content: token.content,
    });
  }
  const before = new Map(merged);
  const put = (content: string, flags: Flags): void => {
    const known = merged.get(content)?.id ?? vocabulary.integer(content);
    const id = known ?? nextFree(vocabulary, merged.values());
    if (known === undefined && id >= vocabSize) {
      warnings.push(
        `${settings.file}: the token ${show(content)} is left out: the tokenizer lacks it, and the model has no row for another`,
      );
      return;
    }
    merged.set(content, { ...flags, id, content });
  };
  for (const [content, flags] of readDecoder(settings)) put(content, flags);
  const extra = settings.raw('extra_special_tokens');
  const named = [
    ...NAMED.map((name) => (Object.hasOwn(templateTokens, name) ? templateTokens[name] : '')),
    ...(isRecord(extra) ? Object.values(extra).map(contentOf) : []),
  ];
  for (const content of named) {
    if (typeof content !== 'string' || content === '') continue;
    const known = merged.get(content);
    if (known?.special !== true)
      put(content, { ...(known ?? flagsOf({ special: true })), special: true });
  }

  const same = (token: AddedToken): boolean => {
    const old = before.get(token.content);
    return old !== undefined && FLAGS.every((flag) => old[flag] === token[flag]);
  };
  const changed = [...merged.values()].filter((token) => !same(token));
  return {
    tokens: changed.length === 0 ? null : rewritten(listed, merged, changed),
    idOf: (text) => merged.get(text)?.id ?? vocabulary.integer(text) ?? null,
  };
}

/** One above every id. */
function nextFree(vocabulary: JsonObject, added: Iterable<AddedToken>): number {
  let largest = -1;
  for (const token of vocabulary.keys()) {
    largest = Math.max(largest, vocabulary.integer(token) ?? -1);
  }
  for (const { id } of added) largest = Math.max(largest, id);
  return largest + 1;
}

/** The rows that stay keep their place; new ones come last. */
function rewritten(
  listed: readonly unknown[],
  merged: ReadonlyMap<string, AddedToken>,
  changed: readonly AddedToken[],
): object[] {
  const seen = new Set<string>();
  const rows = listed.map((row) => {
    if (!isRecord(row) || typeof row.content !== 'string') return row as object;
    seen.add(row.content);
    return { ...row, ...(merged.get(row.content) ?? {}) };
  });
  return [...rows, ...changed.filter(({ content }) => !seen.has(content))];
}

/** `added_tokens_decoder` in the order of its ids. */
function readDecoder(settings: JsonObject): (readonly [content: string, flags: Flags])[] {
  const decoder = settings.raw('added_tokens_decoder');
  if (!isRecord(decoder)) return [];
  return Object.entries(decoder)
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([, token]) =>
      isRecord(token) && typeof token.content === 'string' && token.content !== ''
        ? [[token.content, flagsOf(token)] as const]
        : [],
    );
}

function flagsOf(token: JsonRecord): Flags {
  const special = token.special === true;
  const flag = (name: string, otherwise = false): boolean =>
    typeof token[name] === 'boolean' ? token[name] : otherwise;
  return {
    special,
    single_word: flag('single_word'),
    lstrip: flag('lstrip'),
    rstrip: flag('rstrip'),
    normalized: flag('normalized', !special),
  };
}

function contentOf(token: unknown): unknown {
  return isRecord(token) ? token.content : token;
}
