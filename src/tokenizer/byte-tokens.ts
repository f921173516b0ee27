/** What byte-level BPE begins with: the token of each byte, or what stands for it. */
import { characterOfByte } from './byte-alphabet.js';
import { sharedBytes, sharedInt32 } from './shared-arrays.js';
import type { TokenizerJson } from './tokenizer-json.js';
import type { Vocabulary } from './vocabulary.js';

export const ByteKind = { token: 0, fallback: 1, unknown: 2 } as const;

export interface ByteTokenTables {
  /** [256] a `ByteKind`. */
  readonly kinds: Uint8Array;
  /** [256 × 2] one id, or two where the byte's character falls back to two tokens; else -1. */
  readonly ids: Int32Array;
  /** Every byte has a token. */
  readonly complete: boolean;
  /** The id of `unk_token`, or -1: unknown bytes vanish. */
  readonly unknown: number;
  readonly fuseUnknown: boolean;
}

export function byteTokenTables(json: TokenizerJson, vocabulary: Vocabulary): ByteTokenTables {
  const kinds = sharedBytes(256);
  const ids = sharedInt32(512).fill(-1);
  for (let byte = 0; byte < 256; byte++) {
    const character = characterOfByte(byte);
    const own = vocabulary.idOf(character);
    if (own >= 0) {
      ids[byte * 2] = own;
      continue;
    }
    // The bytes of the character that stands for the byte, as Hugging Face's library has it.
    const parts = [...Buffer.from(character)].map((part) =>
      vocabulary.idOf(`<0x${part.toString(16).toUpperCase().padStart(2, '0')}>`),
    );
    if (json.byteFallback && parts.every((part) => part >= 0)) {
      kinds[byte] = ByteKind.fallback;
      ids.set(parts, byte * 2);
    } else {
      kinds[byte] = ByteKind.unknown;
    }
  }
  return {
    kinds,
    ids,
    complete: kinds.every((kind) => kind === ByteKind.token),
    unknown: json.unknown === null ? -1 : vocabulary.idOf(json.unknown),
    fuseUnknown: json.fuseUnknown,
  };
}

/** Whether bytes of a text may vanish, or any number of them become one token. */
export function losesBytes({ kinds, unknown, fuseUnknown }: ByteTokenTables): boolean {
  return kinds.includes(ByteKind.unknown) && (unknown < 0 || fuseUnknown);
}
