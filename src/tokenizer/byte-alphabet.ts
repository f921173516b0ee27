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

/**
 * Writes the bytes that a token stands for, `text`[start, end), to `out` and returns how many; -1
 * where it leaves the alphabet.
 */
export function spell(
  text: string,
  out: Uint8Array,
  at: number,
  start = 0,
  end = text.length,
): number {
  for (let i = start; i < end; i++) {
    const byte = byteOfCharacter(text.charCodeAt(i));
    if (byte < 0) return -1;
    out[at + i - start] = byte;
  }
  return end - start;
}

/** The same for a token in UTF-8; -1 for what is not UTF-8, too. */
export function spellUtf8(
  source: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let next = at;
  for (let i = start; i < end; i++) {
    let unit = source[i]!;
    if (unit >= 0x80) {
      // No character of the alphabet takes more than two bytes, 110xxxxx 10xxxxxx.
      const second = i + 1 < end ? source[++i]! : 0;
      if (unit < 0xc2 || unit >= 0xe0 || second >> 6 !== 2) return -1;
      unit = ((unit & 0x1f) << 6) | (second & 0x3f);
    }
    const byte = byteOfCharacter(unit);
    if (byte < 0) return -1;
    out[next++] = byte;
  }
  return next - at;
}

/** The token of the alphabet that stands for bytes. */
export function tokenOfBytes(bytes: Uint8Array): string {
  let token = '';
  for (const byte of bytes) token += String.fromCharCode(CHARACTER_OF[byte]!);
  return token;
}
