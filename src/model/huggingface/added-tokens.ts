/**
 * Merges tokenizer_config.json into tokenizer.json's added tokens, as transformers 5 does when it
 * loads the two: found out by loading both in all combinations with transformers 5.24.
 */
import { show } from '../../errors/model-file.js';
import { isRecord, type JsonObject, type JsonRecord } from './json.js';

const FLAGS = ['single_word', 'lstrip', 'rstrip', 'normalized', 'special'] as const;
type Flags = Readonly<Record<(typeof FLAGS)[number], boolean>>;

interface AddedToken extends Flags {
  readonly id: number;
  readonly content: string;
}

export interface MergedTokens {
  /** As tokenizer.json has them; null where nothing is to be changed. */
  readonly tokens: readonly object[] | null;
  readonly idOf: (text: string) => number | null;
}

/**
 * - Flags of `added_tokens_decoder` win over those of tokenizer.json for the same content, whatever
 *   the id that it is listed under.
 * - `bos_token` and every other `…_token` is special, as are those of an `extra_special_tokens` that
 *   gives them names.
 * - Those of all these, and of lists of special tokens, that are no added token become one: with the
 *   vocabulary's id, or with the next that is free, if the model has a row for it.
 *
 * `older` is special_tokens_map.json, or null.
 */
export function mergeAddedTokens(
  tokenizer: JsonObject,
  settings: JsonObject,
  older: JsonObject | null,
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
  const sources = older === null ? [settings] : [settings, older];
  for (const [content, flags] of sources.flatMap(readNamed)) {
    const known = merged.get(content);
    if (known?.special !== true) put(content, { ...(known ?? flags), special: true });
  }
  for (const [content, flags] of sources.flatMap(readSpecialLists)) {
    if (!merged.has(content)) put(content, { ...flags, special: true });
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

type Described = readonly [content: string, flags: Flags];

/** `added_tokens_decoder` in the order of its ids. */
function readDecoder(settings: JsonObject): Described[] {
  const decoder = settings.raw('added_tokens_decoder');
  if (!isRecord(decoder)) return [];
  return Object.entries(decoder)
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([, token]) => (isRecord(token) ? describe(token) : []));
}

function readNamed(settings: JsonObject): Described[] {
  const extra = settings.raw('extra_special_tokens');
  return [
    ...settings
      .keys()
      .filter((key) => key.endsWith('_token'))
      .map((key) => settings.raw(key)),
    ...(isRecord(extra) ? Object.values(extra) : []),
  ].flatMap(describe);
}

function readSpecialLists(settings: JsonObject): Described[] {
  return ['additional_special_tokens', 'extra_special_tokens'].flatMap((key) => {
    const list = settings.raw(key);
    return Array.isArray(list) ? list.flatMap(describe) : [];
  });
}

/** A token as a string, or as an object with a `content`; anything else is none. */
function describe(token: unknown): Described[] {
  const content = isRecord(token) ? token.content : token;
  if (typeof content !== 'string' || content === '') return [];
  return [[content, flagsOf(isRecord(token) ? token : { special: true })]];
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
