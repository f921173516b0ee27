/**
 * A tokenizer for tests that need no vocabulary: token i is byte i, and a few special tokens
 * follow. Texts and ids convert into each other by eye.
 */
import { characterOfByte } from '../../src/tokenizer/byte-alphabet.js';
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';

const SPECIALS = ['<|bos|>', '<|im_start|>', '<|im_end|>', '<|pad|>'] as const;

export const BYTE_VOCAB_SIZE = 256 + SPECIALS.length;
export const BYTE_BOS = 256;
export const BYTE_IM_START = 257;
/** The end of sequence. */
export const BYTE_EOS = 258;
const BYTE_PAD = 259;

export const BYTE_TEMPLATE =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n' +
  '{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** The same, for a model that thinks; the prompt opens the thought where asked for. */
export const BYTE_THINKING_TEMPLATE =
  BYTE_TEMPLATE +
  '{% if add_generation_prompt and open_thought %}<think>\n{% endif %}{# <think> </think> #}';

const own = await loadTokenizer({
  document: {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(
        Array.from({ length: 256 }, (_, byte) => [characterOfByte(byte), byte]),
      ),
      merges: [],
    },
    added_tokens: SPECIALS.map((content, i) => ({ id: 256 + i, content, special: true })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    decoder: { type: 'ByteLevel' },
  },
  bosId: BYTE_BOS,
  addBos: false,
  eosIds: [BYTE_EOS],
  padId: BYTE_PAD,
  templateTokens: { bos_token: '<|bos|>', eos_token: '<|im_end|>', pad_token: '<|pad|>' },
  chatTemplate: null,
});

/** `chatTemplate`: null for a model without one. */
export function byteTokenizer(chatTemplate: string | null = BYTE_TEMPLATE): Tokenizer {
  const { vocabSize, bosId, addBos, eosIds, padId, templateTokens } = own;
  const { table, encoding, specialStrings } = own;
  return {
    ...{ vocabSize, bosId, addBos, eosIds, padId, templateTokens },
    ...{ table, encoding, specialStrings },
    chatTemplate,
    decode: own.decode.bind(own),
    idOf: own.idOf.bind(own),
    tokenString: own.tokenString.bind(own),
  };
}
