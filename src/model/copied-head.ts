/** A head that is a copy of the embedding needs no memory of its own. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BoundedFile } from './bounded-file.js';
import type { TensorEntry } from './model-spec.js';
import { EMBEDDING, fileOf, OUTPUT } from './tensor-layout.js';

const PIECE_BYTES = 4 << 20;

export interface TiedTensors {
  readonly tensors: readonly TensorEntry[];
  /** The head has weights of its own. */
  readonly ownHead: boolean;
}

/**
 * Leaves the head out where it holds the very bytes of the embedding: that serves as one then.
 * Compares in pieces, up to the first difference; others get a turn between two.
 */
export async function withoutCopiedHead(
  files: readonly string[],
  tensors: readonly TensorEntry[],
): Promise<TiedTensors> {
  const embedding = tensors.find(({ name }) => name === EMBEDDING);
  const head = tensors.find(({ name }) => name === OUTPUT);
  if (embedding === undefined || head === undefined) return { tensors, ownHead: false };
  if (!(await sameWeights(files, embedding, head))) return { tensors, ownHead: true };
  return { tensors: tensors.filter((tensor) => tensor !== head), ownHead: false };
}

async function sameWeights(
  files: readonly string[],
  a: TensorEntry,
  b: TensorEntry,
): Promise<boolean> {
  if (a.format !== b.format || a.bytes !== b.bytes || a.rows !== b.rows) return false;
  const first = new BoundedFile(fileOf(files, a.file));
  try {
    const second = new BoundedFile(fileOf(files, b.file));
    try {
      for (let at = 0; at < a.bytes; at += PIECE_BYTES) {
        const bytes = Math.min(PIECE_BYTES, a.bytes - at);
        const piece = first.read(a.offset + at, bytes, `tensor ${a.name}`);
        if (!piece.equals(second.read(b.offset + at, bytes, `tensor ${b.name}`))) return false;
        await nextTurn();
      }
      return true;
    } finally {
      second.close();
    }
  } finally {
    first.close();
  }
}
