/**
 * A tokenizer for tests that need no vocabulary: token i is byte i, and a few special tokens
 * follow. Texts and ids convert into each other by eye.
 */
import { AddedTokenMatcher, type PlainText } from '../../src/tokenizer/added-token-matcher.js';
import { addedTokenTables } from '../../src/tokenizer/added-tokens.js';
import { characterOfByte } from '../../src/tokenizer/byte-alphabet.js';
import { decodeIds, makeTokenTable } from '../../src/tokenizer/token-table.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';
import { WorkMeter } from '../../src/tokenizer/work-meter.js';

const SPECIALS = ['<|bos|>', '<|im_start|>', '<|im_end|>', '<|pad|>'] as const;

export const BYTE_VOCAB_SIZE = 256 + SPECIALS.length;
export const BYTE_BOS = 256;
export const BYTE_IM_START = 257;
/** The end of sequence. */
export const BYTE_EOS = 258;
export const BYTE_PAD = 259;

export const BYTE_TEMPLATE =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n' +
  '{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** The same, for a model that thinks; the prompt opens the thought where asked for. */
export const BYTE_THINKING_TEMPLATE =
  BYTE_TEMPLATE +
  '{% if add_generation_prompt and open_thought %}<think>\n{% endif %}{# <think> </think> #}';

/** `chatTemplate`: null for a model without one. */
export function byteTokenizer(chatTemplate: string | null = BYTE_TEMPLATE): Tokenizer {
  const table = makeTokenTable(
    BYTE_VOCAB_SIZE,
    (id) => (id < 256 ? Uint8Array.of(id) : Buffer.from(SPECIALS[id - 256])),
    SPECIALS.map((_, i) => 256 + i),
  );
  const matcher = new AddedTokenMatcher(
    addedTokenTables(
      SPECIALS.map((content, i) => ({
        id: 256 + i,
        content,
        special: true,
        singleWord: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      })),
      (content) => content,
    )!,
    new WorkMeter(),
  );
  const idsOf = (text: string, plain: PlainText): Int32Array => {
    const ids: number[] = [];
    matcher.begin(text, plain);
    for (let more = true; more;) {
      more = matcher.next();
      ids.push(...Buffer.from(text.slice(matcher.textStart, matcher.textEnd)));
      if (more) ids.push(matcher.id);
    }
    return Int32Array.from(ids);
  };
  return {
    vocabSize: BYTE_VOCAB_SIZE,
    bosId: BYTE_BOS,
    addBos: false,
    eosIds: [BYTE_EOS],
    padId: BYTE_PAD,
    templateTokens: { bos_token: '<|bos|>', eos_token: '<|im_end|>', pad_token: '<|pad|>' },
    chatTemplate,
    table,
    specialStrings: SPECIALS,
    encoding: null,
    encode: async (text, special) => idsOf(text, special === 'parse' ? [] : 'all'),
    encodeRendered: async (rendered, plain) =>
      idsOf(
        rendered,
        plain.flatMap(({ start, end }) => [start, end]),
      ),
    decode: (ids, options = {}) => decodeIds(table, ids, options.skipSpecial ?? false),
    idOf: (token) => {
      const special = (SPECIALS as readonly string[]).indexOf(token);
      if (special >= 0) return 256 + special;
      const bytes = Buffer.from(token);
      return bytes.length === 1 ? bytes[0] : null;
    },
    tokenString: (id) => (id < 256 ? characterOfByte(id) : (SPECIALS[id - 256] ?? '')),
  };
}
