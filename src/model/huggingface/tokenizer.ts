/**
 * Reads a checkpoint's tokenizer files: tokenizer.json, its configuration, the chat template, and
 * generation_config.json.
 */
import { join } from 'node:path';
import { isThere } from '../bounded-file.js';
import { checkedEndIds } from '../end-ids.js';
import { malformed, notReadable, show, unsupported } from '../../errors/model-file.js';
import { ignored } from '../../errors/model-warnings.js';
import { tokensOf } from '../../errors/tokens.js';
import type { TokenizerSource } from '../model-source.js';
import { mergeAddedTokens } from './added-tokens.js';
import { readGenerationConfig } from './generation-config.js';
import { isRecord, JsonObject, MAX_CONFIG_BYTES, readText } from './json.js';
import { readPostProcessor, type AddedAround } from './post-processor.js';

const MAX_TOKENIZER_BYTES = 64 << 20;
const MAX_SETTINGS_BYTES = 16 << 20;
const MAX_TEMPLATE_BYTES = 1 << 20;

export function readHuggingFaceTokenizer(
  folder: string,
  config: JsonObject,
  vocabSize: number,
): TokenizerSource {
  const warnings: string[] = [];
  const generation = JsonObject.readOptional(
    join(folder, 'generation_config.json'),
    MAX_CONFIG_BYTES,
  );
  const tokenizer = readTokenizerJson(folder);
  const settings =
    JsonObject.readOptional(join(folder, 'tokenizer_config.json'), MAX_SETTINGS_BYTES) ??
    new JsonObject(join(folder, 'tokenizer_config.json'), {});
  const older = JsonObject.readOptional(
    join(folder, 'special_tokens_map.json'),
    MAX_SETTINGS_BYTES,
  );
  const templateTokens = {
    ...(older === null ? {} : readTemplateTokens(older)),
    ...readTemplateTokens(settings),
  };
  const added = mergeAddedTokens(tokenizer, settings, older, vocabSize, warnings);
  const named = (name: string): number | null => {
    const text = templateTokens[`${name}_token`];
    const id = text === undefined ? null : added.idOf(text);
    return id !== null && id < vocabSize ? id : null;
  };

  const around = readPostProcessor(tokenizer);
  checkAround(tokenizer.file, settings, around, vocabSize, warnings);
  const [firstBefore] = around.before;
  const eosIds = new Set([
    ...idList(config, 'eos_token_id', vocabSize, warnings),
    ...(generation === null ? [] : knownIds(generation, 'eos_token_id', vocabSize, warnings)),
  ]);
  const eos = named('eos');
  if (eos !== null) eosIds.add(eos);
  const ends = checkedEndIds(folder, eosIds, warnings);
  return {
    document:
      added.tokens === null
        ? tokenizer.values
        : { ...tokenizer.values, added_tokens: added.tokens },
    bosId: firstBefore ?? named('bos') ?? firstId(config, 'bos_token_id', vocabSize),
    addBos: firstBefore !== undefined,
    eosIds: ends,
    padId: named('pad') ?? firstId(config, 'pad_token_id', vocabSize),
    templateTokens,
    chatTemplate: readChatTemplate(folder, settings),
    generation:
      generation === null ? {} : readGenerationConfig(generation, vocabSize, ends, warnings),
    warnings,
  };
}

/** Throws `unsupported_model` where there is only a SentencePiece model. */
function readTokenizerJson(folder: string): JsonObject {
  const path = join(folder, 'tokenizer.json');
  if (isThere(path)) return JsonObject.parse(path, readText(path, MAX_TOKENIZER_BYTES));
  if (isThere(join(folder, 'tokenizer.model'))) {
    throw unsupported(
      folder,
      'has a tokenizer.model (SentencePiece) and no tokenizer.json: only tokenizer.json is read',
    );
  }
  throw notReadable(folder, 'has no tokenizer.json');
}

/** Every `…_token` of the configuration, a string or an object with a `content`. */
function readTemplateTokens(settings: JsonObject): Record<string, string> {
  const tokens: Record<string, string> = {};
  // A list, which older configurations have, names no token.
  const extra = isRecord(settings.raw('extra_special_tokens'))
    ? settings.object('extra_special_tokens')
    : undefined;
  for (const source of extra === undefined ? [settings] : [settings, extra]) {
    for (const key of source.keys()) {
      if (!key.endsWith('_token')) continue;
      const value = source.raw(key);
      const text = isRecord(value) ? value.content : value;
      if (typeof text === 'string') tokens[key] = text;
    }
  }
  return tokens;
}

/** As `knownIds`; throws `file_malformed` for what is no id at all. */
function idList(config: JsonObject, key: string, vocabSize: number, warnings: string[]): number[] {
  const value = config.raw(key);
  const ids: unknown[] = Array.isArray(value) ? value : [value ?? -1];
  if (!ids.every(Number.isInteger)) throw config.wrong(key, 'a token id, or a list of them,');
  return knownIds(config, key, vocabSize, warnings);
}

/** The ids of a key that may hold one or a list; what the model doesn't have is left out. */
function knownIds(
  config: JsonObject,
  key: string,
  vocabSize: number,
  warnings: string[],
): number[] {
  const value = config.raw(key);
  if (value === undefined) return [];
  const ids: unknown[] = Array.isArray(value) ? value : [value];
  return ids.filter((id): id is number => {
    const known = Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabSize;
    if (!known && id !== -1) {
      warnings.push(ignored(config.file, key, show(id), tokensOf(vocabSize)));
    }
    return known;
  });
}

/** An id that may be absent; -1 is another way of saying so, and transformers' default may lie
 * outside the vocabulary. */
function firstId(config: JsonObject, key: string, vocabSize: number): number | null {
  const value = config.raw(key);
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabSize
    ? (id as number)
    : null;
}

/** Prompts get one token before them at most; what the post-processor asks for beyond is told. */
function checkAround(
  path: string,
  settings: JsonObject,
  { before, after }: AddedAround,
  vocabSize: number,
  warnings: string[],
): void {
  const unknown = [...before, ...after].find((id) => id >= vocabSize);
  if (unknown !== undefined) {
    throw malformed(path, `post_processor adds token ${unknown}: ${tokensOf(vocabSize)}`);
  }
  if (before.length > 1 || after.length > 0) {
    const left = [...before.slice(1), ...after].join(' ');
    warnings.push(
      `${path}: post_processor puts more than one token around a text: only the first before it is put there (not ${left})`,
    );
  }
  const asked = settings.boolean('add_bos_token');
  if (asked !== undefined && asked !== before.length > 0) {
    warnings.push(
      `${settings.file}: add_bos_token is ${asked}, but prompts follow tokenizer.json's post_processor, as in transformers 5, which ${asked ? 'adds none' : 'adds it'}`,
    );
  }
}

/**
 * chat_template.jinja wins over tokenizer_config.json's `chat_template`, which is a string, or named
 * ones in a list or an object, of which "default" is taken, the last one.
 */
function readChatTemplate(folder: string, settings: JsonObject): string | null {
  const path = join(folder, 'chat_template.jinja');
  if (isThere(path)) return readText(path, MAX_TEMPLATE_BYTES);
  const value = settings.raw('chat_template');
  if (value === undefined || typeof value === 'string') return value ?? null;
  const named: unknown[] = isRecord(value)
    ? Object.entries(value).map(([name, template]) => ({ name, template }))
    : Array.isArray(value)
      ? (value as unknown[])
      : [];
  const chosen = named.filter(isRecord).findLast(({ name }) => name === 'default');
  if (chosen === undefined && !isRecord(value) && !Array.isArray(value)) {
    throw settings.wrong('chat_template', 'a string, a list or an object');
  }
  if (chosen === undefined) return null;
  if (typeof chosen.template === 'string') return chosen.template;
  throw malformed(settings.file, 'chat_template has a "default" without a template');
}
