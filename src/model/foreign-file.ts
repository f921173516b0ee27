/** Names what people have in place of a model file: a pointer, a page, an archive, a checkpoint. */
/** Enough to recognise all of them. */
export const HEAD_BYTES = 512;

const ONLY_READ = 'only safetensors and GGUF are read';
const ARCHIVES: readonly (readonly [magic: Buffer, name: string])[] = [
  [Buffer.from([0x1f, 0x8b]), 'gzip'],
  [Buffer.from('BZh'), 'bzip2'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'xz'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'zstd'],
  [Buffer.from([0x37, 0x7a, 0xbc, 0xaf]), '7z'],
];
const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
/** The magic numbers of what llama.cpp read before GGUF, as their bytes lie in a file. */
const BEFORE_GGUF = ['lmgg', 'fmgg', 'tjgg', 'algg'];

/**
 * What a file is and what to do, by its first `HEAD_BYTES`, where it is plainly no file of a model;
 * else null.
 */
export function describeForeign(head: Buffer): string | null {
  if (head.length === 0) return 'is empty: fetch it again';
  const startsWith = (magic: Buffer): boolean => head.subarray(0, magic.length).equals(magic);
  const text = head.toString('latin1');
  // The length of a safetensors header may look like any magic number.
  if (/^[^]{6}\0\0\{/.test(text)) return null;
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return 'is a Git LFS pointer, not the file that it stands for: run "git lfs pull" in its folder, or download the file itself';
  }
  if (/^\s*<(!doctype html|html|head|\?xml|!--)/i.test(text)) {
    return 'is a page of HTML or XML, not a file of a model: a login or an error was downloaded in its place';
  }
  if (startsWith(ZIP)) {
    return text.includes('data.pkl')
      ? `is a PyTorch checkpoint (a zip of pickled tensors): ${ONLY_READ}`
      : 'is a zip archive: unpack it first';
  }
  // A pickle's protocol, from 2 to 5, then its first instruction.
  const [first, protocol = 0] = head;
  const isPickle = first === 0x80 && protocol >= 2 && protocol <= 5;
  if (isPickle && /^[^]{2}[\x80-\xff(}\]cX]/.test(text)) {
    return `is a pickle, as older PyTorch checkpoints are: ${ONLY_READ}`;
  }
  const archive = ARCHIVES.find(([magic]) => startsWith(magic));
  if (archive !== undefined) return `is a ${archive[1]} archive: unpack it first`;
  if (text.slice(257, 262) === 'ustar') return 'is a tar archive: unpack it first';
  if (BEFORE_GGUF.includes(text.slice(0, 4))) {
    return 'is of a format that came before GGUF: convert the model again';
  }
  return null;
}
