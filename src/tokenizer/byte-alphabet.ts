/**
 * The alphabet in which byte-level BPE writes bytes: printable Latin-1 characters stand for
 * themselves, the other 68 bytes for U+0100 and on, in order (GPT-2's encoder).
 */
const BYTE_OF: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    map.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return map;
})();

const CHARACTER_OF: readonly string[] = [...BYTE_OF]
  .sort(([, a], [, b]) => a - b)
  .map(([character]) => character);

/** Bytes as the alphabet writes them: a vocabulary's own string of the token that stands for them. */
export function tokenOfBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => CHARACTER_OF[byte]).join('');
}

/** The bytes that a token of the alphabet stands for; its UTF-8 where it leaves the alphabet. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF.get(token[i]);
    if (byte === undefined) return Buffer.from(token, 'utf8');
    bytes[i] = byte;
  }
  return bytes;
}
