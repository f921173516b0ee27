/** Reads a checkpoint's tokenizer files: tokenizer.json, its configuration, the chat template. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { malformed, notReadable, unsupported } from '../failures.js';
import type { TokenizerSource } from '../spec.js';
import { isRecord, JsonObject, readText } from './json.js';

const MAX_TOKENIZER_BYTES = 64 << 20;
const MAX_CONFIG_BYTES = 16 << 20;
const MAX_TEMPLATE_BYTES = 1 << 20;

/** Throws `unsupported_model` where there is only a SentencePiece model. */
export function readHuggingFaceTokenizer(
  folder: string,
  config: JsonObject,
  generation: JsonObject | null,
  vocabSize: number,
): TokenizerSource {
  const path = join(folder, 'tokenizer.json');
  if (!existsSync(path)) {
    if (existsSync(join(folder, 'tokenizer.model'))) {
      throw unsupported(
        folder,
        'has a tokenizer.model (SentencePiece) and no tokenizer.json: only tokenizer.json is read',
      );
    }
    throw notReadable(folder, 'has no tokenizer.json');
  }
  const json = readText(path, MAX_TOKENIZER_BYTES);
  const tokenizer = JsonObject.parse(path, json);
  const settings =
    JsonObject.readOptional(join(folder, 'tokenizer_config.json'), MAX_CONFIG_BYTES) ??
    new JsonObject(join(folder, 'tokenizer_config.json'), {});
  const older = JsonObject.readOptional(join(folder, 'special_tokens_map.json'), MAX_CONFIG_BYTES);
  const templateTokens = {
    ...(older === null ? {} : readTemplateTokens(older)),
    ...readTemplateTokens(settings),
  };
  const idOf = tokenIds(tokenizer);
  const named = (name: string): number | null => {
    const text = templateTokens[`${name}_token`];
    return text === undefined ? null : idOf(text);
  };

  const bosId = named('bos') ?? firstId(config, 'bos_token_id', vocabSize);
  const eosIds = new Set([
    ...idList(config, 'eos_token_id', vocabSize),
    ...(generation === null ? [] : idList(generation, 'eos_token_id', vocabSize)),
  ]);
  const eos = named('eos');
  if (eos !== null) eosIds.add(eos);
  return {
    json,
    bosId,
    addBos:
      bosId !== null &&
      (settings.boolean('add_bos_token') ?? addsFirst(tokenizer, bosId, templateTokens.bos_token)),
    eosIds: [...eosIds].sort((a, b) => a - b),
    padId: named('pad') ?? firstId(config, 'pad_token_id', vocabSize),
    templateTokens,
    chatTemplate: readChatTemplate(folder, settings),
  };
}

/** Every `…_token` of the configuration, a string or an object with a `content`. */
function readTemplateTokens(settings: JsonObject): Record<string, string> {
  const tokens: Record<string, string> = {};
  const extra = settings.raw('extra_special_tokens');
  for (const source of [
    settings,
    ...(isRecord(extra) ? [settings.object('extra_special_tokens')!] : []),
  ]) {
    for (const key of source.keys()) {
      if (!key.endsWith('_token')) continue;
      const value = source.raw(key);
      const text = isRecord(value) ? value.content : value;
      if (typeof text === 'string') tokens[key] = text;
    }
  }
  return tokens;
}

/** Finds the id of a token's text among the added tokens, then in the model's vocabulary. */
function tokenIds(tokenizer: JsonObject): (text: string) => number | null {
  const added = new Map<string, number>();
  for (const token of tokenizer.array('added_tokens') ?? []) {
    if (isRecord(token) && typeof token.content === 'string' && Number.isInteger(token.id)) {
      added.set(token.content, token.id as number);
    }
  }
  const model = tokenizer.object('model');
  if (model === undefined) throw tokenizer.missing('model');
  const vocabulary = model.object('vocab');
  if (vocabulary === undefined) throw model.missing('vocab');
  return (text) => added.get(text) ?? vocabulary.integer(text) ?? null;
}

/** The ids of a key that may hold one or a list; ids outside the vocabulary are refused. */
function idList(config: JsonObject, key: string, vocabSize: number): number[] {
  const value = config.raw(key);
  if (value === undefined) return [];
  const ids: unknown[] = Array.isArray(value) ? value : [value];
  return ids.map((id) => {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= vocabSize) {
      throw config.wrong(key, `a token id below ${vocabSize}, or a list of them,`);
    }
    return id as number;
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

/** Whether the tokenizer's own post-processor puts BOS before a text. */
function addsFirst(tokenizer: JsonObject, bosId: number, bosToken: string | undefined): boolean {
  const processor = tokenizer.object('post_processor');
  const list = processor?.array('processors') ?? [tokenizer.raw('post_processor')];
  return list.some((step) => {
    if (!isRecord(step) || step.type !== 'TemplateProcessing') return false;
    const first: unknown = Array.isArray(step.single) ? step.single[0] : undefined;
    if (!isRecord(first) || !isRecord(first.SpecialToken)) return false;
    const name = first.SpecialToken.id;
    if (typeof name !== 'string') return false;
    const entry = isRecord(step.special_tokens) ? step.special_tokens[name] : undefined;
    const ids: unknown = isRecord(entry) ? entry.ids : undefined;
    return name === bosToken || (Array.isArray(ids) && ids[0] === bosId);
  });
}

/**
 * chat_template.jinja wins over tokenizer_config.json's `chat_template`, which is a string or a
 * list of named ones, of which "default" is taken.
 */
function readChatTemplate(folder: string, settings: JsonObject): string | null {
  const path = join(folder, 'chat_template.jinja');
  if (existsSync(path)) return readText(path, MAX_TEMPLATE_BYTES);
  const value = settings.raw('chat_template');
  if (value === undefined || typeof value === 'string') return value ?? null;
  if (!Array.isArray(value)) throw settings.wrong('chat_template', 'a string or a list');
  for (const entry of value as unknown[]) {
    if (isRecord(entry) && entry.name === 'default') {
      if (typeof entry.template === 'string') return entry.template;
      throw malformed(settings.file, 'chat_template has a "default" without a template');
    }
  }
  return null;
}
