/**
 * The alphabet in which byte-level BPE writes bytes: printable Latin-1 characters stand for
 * themselves, the other 68 bytes for U+0100 and on, in order (GPT-2's encoder).
 */
const CHARACTER_OF = new Uint16Array(256);
/** [0x144] the byte of a character, plus 1; 0: none. */
const BYTE_OF = new Uint16Array(0x144);
{
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    CHARACTER_OF[byte] = printable ? byte : next++;
    BYTE_OF[CHARACTER_OF[byte]!] = byte + 1;
  }
}

/** The byte that a character of the alphabet stands for, or -1. */
export function byteOfCharacter(unit: number): number {
  return unit < BYTE_OF.length ? BYTE_OF[unit]! - 1 : -1;
}

/** The character that stands for a byte. */
export function characterOfByte(byte: number): string {
  return String.fromCharCode(CHARACTER_OF[byte]!);
}

/** Writes the bytes that a token stands for to `out`; false where it leaves the alphabet. */
export function spell(token: string, out: Uint8Array, at: number): boolean {
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfCharacter(token.charCodeAt(i));
    if (byte < 0) return false;
    out[at + i] = byte;
  }
  return true;
}

/** The token of the alphabet that stands for bytes. */
export function tokenOfBytes(bytes: Uint8Array): string {
  let token = '';
  for (const byte of bytes) token += String.fromCharCode(CHARACTER_OF[byte]!);
  return token;
}
